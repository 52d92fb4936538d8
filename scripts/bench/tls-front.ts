import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { loopbackCertificate } from './loopback-certificate.ts';

/** TLS before a stand-in that speaks none. */
export type TlsFront = {
  url: string;
  /** For `NODE_EXTRA_CA_CERTS` of who is to trust it. */
  certFile: string;
  close(): Promise<void>;
};

/** Ends TLS and passes the bytes on, connection by connection. */
export async function startTlsFront(target: string): Promise<TlsFront> {
  const { key, cert } = loopbackCertificate();
  const folder = await mkdtemp(join(tmpdir(), 'incident-response-bench-tls-'));
  const certFile = join(folder, 'loopback.pem');
  await writeFile(certFile, cert);
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (arrived) => {
    const onward = connect(Number(port), hostname);
    onward.setNoDelay(true);
    for (const socket of [arrived, onward]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        arrived.destroy();
        onward.destroy();
      });
    }
    arrived.pipe(onward).pipe(arrived);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certFile,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
