import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface InstanceMetadata {
  readonly instanceId: string;
  readonly hostname: string;
  readonly publicIpv4: string;
  readonly publicKeys: readonly string[];
  readonly userData: string | undefined;
}

export interface MetadataService {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The metadata service at http://169.254.169.254/hetzner/v1/: a machine, identified by its address, gets its own data only.
 * Every process of a node can read secrets in user data there unless the node forbids it, as in the
 * real cloud: https://docs.hetzner.cloud/reference/cloud#server-metadata
 */
export async function startMetadataService(
  host: string,
  port: number,
  lookUp: (ipv4: string) => Promise<InstanceMetadata | undefined>,
): Promise<MetadataService> {
  const server = createServer((request, response) => {
    lookUp((request.socket.remoteAddress ?? '').replace('::ffff:', ''))
      .then((metadata) => answer(response, request.url ?? '/', metadata))
      .catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, url: string, metadata: InstanceMetadata | undefined): void {
  const text = metadata === undefined ? undefined : contentOf(url, metadata);
  if (text === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
  else response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

function contentOf(url: string, metadata: InstanceMetadata): string | undefined {
  switch (url.replace(/\/+$/, '')) {
    case '/hetzner/v1/metadata':
      return [
        `hostname: ${metadata.hostname}`,
        `instance-id: ${metadata.instanceId}`,
        `public-ipv4: ${metadata.publicIpv4}`,
        `public-keys: ${JSON.stringify(metadata.publicKeys)}`,
        '',
      ].join('\n');
    case '/hetzner/v1/metadata/hostname':
      return metadata.hostname;
    case '/hetzner/v1/metadata/instance-id':
      return metadata.instanceId;
    case '/hetzner/v1/metadata/public-ipv4':
      return metadata.publicIpv4;
    case '/hetzner/v1/metadata/public-keys':
      return JSON.stringify(metadata.publicKeys);
    case '/hetzner/v1/userdata':
      return metadata.userData ?? '';
    default:
      return undefined;
  }
}
