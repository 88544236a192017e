import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Place {
  readonly line: number;
  readonly character: number;
}

export interface EditorDiagnostic {
  readonly message: string;
  readonly severity: number;
  readonly range: { readonly start: Place; readonly end: Place };
}

export interface CompletionItem {
  readonly label: string;
  readonly documentation?: string | { readonly value: string };
}

/** A client of the language server that editors run for YAML, over its standard input and output; positions count from 0. */
export interface LanguageServer {
  /** Opens a text under a path that need not exist, and waits for the problems that the editor would underline. */
  open(path: string, text: string): Promise<readonly EditorDiagnostic[]>;
  complete(path: string, place: Place): Promise<readonly CompletionItem[]>;
  /** Text of the hover; empty when there is none. */
  hover(path: string, place: Place): Promise<string>;
  close(): Promise<void>;
}

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
};

const program = join(import.meta.dirname, '../../node_modules/yaml-language-server/bin/yaml-language-server');

export async function startLanguageServer(): Promise<LanguageServer> {
  const child = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
  const connection = connect(child);
  await connection.request('initialize', { processId: process.pid, rootUri: null, capabilities });
  connection.notify('initialized', {});
  return {
    async open(path, text) {
      const uri = uriOf(path);
      const published = connection.diagnosticsOf(uri);
      const textDocument = { uri, languageId: 'yaml', version: 1, text };
      connection.notify('textDocument/didOpen', { textDocument });
      return published;
    },
    async complete(path, position) {
      const result = await connection.request('textDocument/completion', at(path, position));
      const { items } = (Array.isArray(result) ? { items: result } : (result ?? { items: [] })) as {
        items: CompletionItem[];
      };
      return items;
    },
    async hover(path, position) {
      const result = (await connection.request('textDocument/hover', at(path, position))) as {
        readonly contents?: string | { readonly value: string };
      } | null;
      const contents = result?.contents ?? '';
      return typeof contents === 'string' ? contents : contents.value;
    },
    async close() {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const capabilities = {
  textDocument: {
    hover: { contentFormat: ['markdown'] },
    completion: { completionItem: { documentationFormat: ['markdown'] } },
  },
};

/** The settings that an editor extension sends when the server asks for them; the server fetches nothing. */
const settings = {
  yaml: {
    validate: true,
    hover: true,
    completion: true,
    schemaStore: { enable: false },
    kubernetesCRDStore: { enable: false },
  },
  http: {},
  editor: {},
};

function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

function at(path: string, position: Place) {
  return { textDocument: { uri: uriOf(path) }, position };
}

function connect(child: ChildProcess) {
  const pending = new Map<number, (result: unknown) => void>();
  const listeners = new Map<string, (found: readonly EditorDiagnostic[]) => void>();
  let next = 1;
  let rest = Buffer.alloc(0);

  function send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  function receive(message: Message): void {
    const { id, method, params } = message;
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as { uri: string; diagnostics: EditorDiagnostic[] };
      listeners.get(uri)?.(diagnostics);
    } else if (method === 'workspace/configuration' && id !== undefined) {
      const { items } = params as { items: { section: keyof typeof settings }[] };
      send({ id, result: items.map(({ section }) => settings[section] ?? null) });
    } else if (method !== undefined && id !== undefined) send({ id, result: null });
    else if (id !== undefined) {
      pending.get(id)?.(message.result);
      pending.delete(id);
    }
  }

  child.stdout?.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const header = rest.indexOf('\r\n\r\n');
      const length = Number(
        /Content-Length: (\d+)/.exec(rest.subarray(0, Math.max(0, header)).toString())?.[1],
      );
      if (header === -1 || rest.length < header + 4 + length) return;
      const body = rest.subarray(header + 4, header + 4 + length).toString();
      rest = rest.subarray(header + 4 + length);
      receive(JSON.parse(body) as Message);
    }
  });

  return {
    notify: (method: string, params: object) => send({ method, params }),
    request(method: string, params: object): Promise<unknown> {
      const id = next++;
      return new Promise((resolve) => {
        pending.set(id, resolve);
        send({ id, method, params });
      });
    },
    diagnosticsOf: (uri: string) =>
      new Promise<readonly EditorDiagnostic[]>((resolve) => listeners.set(uri, resolve)),
  };
}
