import { httpGet, wordpressVersionIn } from './http-get.ts';
import type { StatusView } from './repository.ts';

export interface SiteCheck {
  readonly environment: string;
  readonly url: string;
  readonly preview: string;
  readonly status: number;
  readonly version: string;
}

/** Opens every environment as a visitor would. An environment behind a password passes when it asks for the password. */
export async function checkSites(status: ReadonlyMap<string, StatusView>): Promise<readonly SiteCheck[]> {
  const environments = [...status.values()].filter((view) => view.resource.startsWith('environment/'));
  return Promise.all(
    environments.map(async (view) => {
      const node = status.get(`node/${view.node ?? ''}`);
      const url = String(view.details.url ?? '');
      const answer = await httpGet(String(node?.details.ipv4 ?? ''), new URL(url).host);
      return {
        environment: view.resource.slice('environment/'.length),
        url,
        preview: String(view.details.previewUrl ?? ''),
        status: answer.status,
        version: wordpressVersionIn(answer.body) ?? String(view.details.wordpressVersion ?? ''),
      };
    }),
  );
}
