import { runTool } from '../machines/run-tool.ts';

export interface HostAptSettings {
  /** The proxy that this host itself needs for http, if any. */
  readonly proxy: string | undefined;
  /** apt.conf lines that a machine needs to accept the same archives as this host. */
  readonly config: string;
}

/** An archive snapshot or an air-gapped mirror may be past its expiry date; apt.conf of the host says whether to accept it. */
const inherited = ['Acquire::Check-Valid-Until', 'Acquire::Check-Date'];

export async function hostAptSettings(): Promise<HostAptSettings> {
  const { stdout } = await runTool('apt-config', ['dump'], { allowFailure: true });
  const values = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const match = /^(\S+) "([^"]*)";$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) values.set(match[1], match[2]);
  }
  const proxy = values.get('Acquire::http::Proxy');
  const lines = inherited.flatMap((name) => {
    const value = values.get(name);
    return value === undefined || value === '' ? [] : [`${name} "${value}";\n`];
  });
  return { proxy: proxy?.startsWith('http://') === true ? proxy : undefined, config: lines.join('') };
}
