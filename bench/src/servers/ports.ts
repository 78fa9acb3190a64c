import { createSocket } from 'node:dgram';

/** A UDP port of loopback nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => {
        resolve(port);
      });
    });
  });
}

/** Whether a STUN server answers a Binding request on a port of loopback within 100 ms. */
export function answersStun(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const finish = (answered: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answered);
    };
    const timer = setTimeout(finish, 100, false);
    socket.once('error', () => {
      finish(false);
    });
    socket.once('message', () => {
      finish(true);
    });
    socket.connect(port, '127.0.0.1', () => {
      socket.send(Buffer.from('000100002112a442000102030405060708090a0b', 'hex'), () => undefined);
    });
  });
}
