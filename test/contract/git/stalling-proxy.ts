import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that stops forwarding data of the server after `bytes`, as a hung server or a cut network would. */
export interface StallingProxy {
  readonly port: number;
  /** Resolves when the stall has started. */
  readonly stalled: Promise<void>;
  close(): Promise<void>;
}

export async function startStallingProxy(targetPort: number, bytes: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  let passed = 0;
  let onStall: () => void = () => undefined;
  const stalled = new Promise<void>((resolve) => {
    onStall = resolve;
  });
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (passed >= bytes) return onStall();
      passed += chunk.length;
      client.write(chunk);
    });
    upstream.on('close', () => passed < bytes && client.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stalled,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
