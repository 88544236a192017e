import { request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Requests a site from a node by the node's address and the site's host name, so that no DNS is needed. */
export function httpGet(address: string, host: string, path = '/'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: address, port: 80, path, headers: { host }, timeout: 30_000 }, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body }));
    });
    call.on('timeout', () => call.destroy(new Error(`no answer from ${host} at ${address} in 30 s`)));
    call.on('error', reject);
    call.end();
  });
}

/** The WordPress version that a page names in its generator tag. */
export function wordpressVersionIn(body: string): string | null {
  return /<meta name="generator" content="WordPress ([0-9.]+)"/.exec(body)?.[1] ?? null;
}
