import type { SourceLimiter } from '@madang/core/limits/source-limiter';
import type { DatagramOutput } from '@madang/core/path/datagram-output';
import { DropReason } from '@madang/core/path/drop-reason';
import type { Arrival, SocketId } from '@madang/core/path/path';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Transport } from '@madang/core/path/transport-address';
import { BindingServer } from '@madang/core/stun/binding-server';
import type { StunMessageView } from '@madang/core/stun/message-view';
import type { NatDiscoveryOutput, SocketRole } from '@madang/core/stun/nat-discovery-server';
import { NatDiscoveryServer, asksForNatDiscovery } from '@madang/core/stun/nat-discovery-server';
import type { BindingHandler } from '@madang/core/turn/turn-options';
import type { UdpNetwork } from '../net/udp-network.js';
import type { Clock } from './clock.js';

/**
 * Answers Binding requests within the limits per source. On the four sockets of RFC 5780 answers may have to leave
 * from another socket than the one that was asked.
 */
export class BindingDriver implements BindingHandler {
  readonly #network: UdpNetwork;
  readonly #limiter: SourceLimiter;
  readonly #discoveryLimiter: SourceLimiter;
  readonly #clock: Clock;
  readonly #server = new BindingServer();
  readonly #discovery: NatDiscoveryServer | undefined;
  readonly #socketsByRole: (SocketId | undefined)[] = [];
  readonly #rolesBySocket = new Map<SocketId, SocketRole>();
  #arrival: Arrival | undefined;
  #output: DatagramOutput | undefined;
  readonly #discoveryOutput: NatDiscoveryOutput;
  #answers = 0;

  constructor(options: {
    network: UdpNetwork;
    limiter: SourceLimiter;
    /** Besides `limiter`, for requests that only NAT behaviour discovery makes. */
    discoveryLimiter: SourceLimiter;
    clock: Clock;
    /** Announced addresses of A1P1, A1P2, A2P1, A2P2; undefined without an alternate address. */
    natDiscovery: readonly TransportAddress[] | undefined;
  }) {
    this.#network = options.network;
    this.#limiter = options.limiter;
    this.#discoveryLimiter = options.discoveryLimiter;
    this.#clock = options.clock;
    const [a1p1, a1p2, a2p1, a2p2] = options.natDiscovery ?? [];
    if (a1p1 && a1p2 && a2p1 && a2p2) {
      this.#discovery = new NatDiscoveryServer({ addresses: [a1p1, a1p2, a2p1, a2p2] });
    }
    this.#discoveryOutput = {
      replyFrom: (role, port, bytes, offset, length) => {
        const socket = this.#socketsByRole[role];
        if (socket === undefined || this.#arrival === undefined) return;
        this.#network.sendFrom(socket, this.#arrival, port, bytes, offset, length);
      },
      drop: (reason) => {
        this.#output?.drop(reason);
      },
    };
  }

  /** Binding requests taken up within the limits. */
  get answers(): number {
    return this.#answers;
  }

  /** Says which of the four sockets of RFC 5780 a socket is. */
  setRole(socket: SocketId, role: number): void {
    this.#socketsByRole[role] = socket;
    this.#rolesBySocket.set(socket, role as SocketRole);
  }

  handleBinding(view: StunMessageView, arrival: Arrival, output: DatagramOutput): void {
    const now = this.#clock.now();
    const isAdmitted =
      this.#limiter.admit(now, arrival) &&
      (this.#discovery === undefined ||
        !asksForNatDiscovery(view) ||
        this.#discoveryLimiter.admit(now, arrival));
    if (!isAdmitted) {
      output.drop(DropReason.stun_rate_limited);
      return;
    }
    this.#answers++;
    const role = arrival.transport === Transport.udp ? this.#rolesBySocket.get(arrival.socket) : undefined;
    if (this.#discovery === undefined || role === undefined) {
      this.#server.handleBinding(view, arrival, output);
      return;
    }
    this.#arrival = arrival;
    this.#output = output;
    this.#discovery.handleBinding(view, arrival, role, this.#discoveryOutput);
  }
}
