import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

export interface ArchiveServer {
  /** Packs files below one directory, as wordpress.org does, and serves them; the same name is a new archive each time. */
  add(
    slug: string,
    version: string,
    files: Readonly<Record<string, string>>,
  ): Promise<{
    readonly slug: string;
    readonly version: string;
    readonly url: string;
    readonly sha256: string;
  }>;
  close(): Promise<void>;
}

/** Plugins and themes that a test writes itself, over HTTP on an address that machines of the lab reach. */
export async function createArchiveServer(host: string): Promise<ArchiveServer> {
  const archives = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const archive = archives.get(request.url ?? '');
    if (archive === undefined) response.writeHead(404).end();
    else response.end(archive);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    add: async (slug, version, files) => {
      const tar = pack();
      for (const [name, text] of Object.entries(files)) tar.entry({ name: `${slug}/${name}` }, text);
      tar.finalize();
      const archive = gzipSync(await buffer(tar));
      const sha256 = createHash('sha256').update(archive).digest('hex');
      const path = `/${sha256}/${slug}-${version}.tar.gz`;
      archives.set(path, archive);
      return { slug, version, url: `http://${host}:${port}${path}`, sha256 };
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
