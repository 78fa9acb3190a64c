import type { DatagramOutput } from '../path/datagram-output.js';
import { DropReason } from '../path/drop-reason.js';
import type { Arrival } from '../path/path.js';
import { beginUnknownAttributesAnswer, mirrorFingerprint } from './answers.js';
import { Attribute } from './attributes.js';
import { MessageClass } from './message-type.js';
import type { StunMessageView } from './message-view.js';
import { StunMessageWriter } from './message-writer.js';

/** The longest answer: 420 with 16 types, FINGERPRINT. In one slab, because small typed arrays move. */
const SCRATCH_BYTES = 4096;

/** Answers Binding requests (RFC 8489 section 12.1), keeping nothing and allocating nothing per request. */
export class BindingServer {
  readonly #writer: StunMessageWriter;

  /** `scratch`: where answers are written, 256 bytes or more; by default a slab of its own. */
  constructor(options: { scratch?: Uint8Array } = {}) {
    this.#writer = new StunMessageWriter({ buffer: options.scratch ?? new Uint8Array(SCRATCH_BYTES) });
  }

  /**
   * Answers a parsed Binding message. A request gets XOR-MAPPED-ADDRESS and nothing else (plus FINGERPRINT when it
   * had one): every further byte would serve reflection attacks. Unknown comprehension-required attributes get a
   * 420. Indications are keep-alives and stay unanswered; responses to nothing we asked are dropped.
   */
  handleBinding(
    view: StunMessageView,
    arrival: Arrival,
    output: Pick<DatagramOutput, 'reply' | 'drop'>,
  ): void {
    if (view.messageClass === MessageClass.indication) return;
    if (view.messageClass !== MessageClass.request) {
      output.drop(DropReason.stun_unexpected_class);
      return;
    }
    const writer = this.#writer;
    if (view.unknownRequiredCount > 0) {
      beginUnknownAttributesAnswer(writer, view);
    } else {
      writer.beginAnswer(view, MessageClass.successResponse);
      writer.xorAddressFromArrival(Attribute.xorMappedAddress, arrival);
    }
    mirrorFingerprint(writer, view);
    output.reply(writer.buffer, writer.offset, writer.length);
  }
}
