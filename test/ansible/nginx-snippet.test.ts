import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import rules from '../../src/manifest/kinds/environment/nginx-directives.json' with { type: 'json' };
import { snippetFault } from '../../src/manifest/kinds/environment/nginx-rules.ts';
import { nginxAttacks, nginxSnippets } from '../attack/nginx-attacks.ts';
import { createPythonWorld, type PythonWorld } from './python.ts';

let python: PythonWorld;
beforeAll(() => {
  python = createPythonWorld();
});
afterAll(() => python.close());

async function nodeFaults(snippets: readonly string[]): Promise<unknown> {
  const script = `
import json, sys
from ansible.module_utils.pressluft.nginx_snippet import fault
print(json.dumps([fault(snippet) for snippet in json.load(sys.stdin)]))
`;
  return JSON.parse(await python.run(script, snippets));
}

const controllerFaults = (snippets: readonly string[]) =>
  snippets.map((snippet) => {
    const fault = snippetFault(snippet);
    return fault === undefined ? null : [fault.line, fault.kind, fault.message];
  });

describe('a snippet for nginx', () => {
  it.each(Object.entries(nginxAttacks))('that %s is refused', (_, snippet) =>
    expect(snippetFault(snippet)).toBeDefined(),
  );

  it.each(nginxSnippets)('%j is accepted', (snippet) => expect(snippetFault(snippet)).toBeUndefined());

  it('is judged by the controller and by the node alike', async () => {
    const corpus = [...Object.values(nginxAttacks), ...nginxSnippets];
    expect(await nodeFaults(corpus)).toEqual(controllerFaults(corpus));
  });

  it('is judged alike whatever its words are', async () => {
    const words = fc.constantFrom(
      ...Object.keys(rules.directives),
      ...Object.values(rules.directives).flatMap(({ forms }) => forms.flat()),
      ...['{', '}', ';', ';', ' ', ' ', '\n', '"', "'", '\\', '$', '${', '#', '(', ')', '=', '~', '\t', '\r'],
      ...[
        '$uri',
        '$args',
        '$site_a',
        '$http_x_pressluft_probe',
        '/a',
        '/..',
        '?',
        '404',
        'ü',
        '\u{1f600}',
        '\u0085',
      ],
    );
    const piece = fc.oneof(
      { weight: 3, arbitrary: fc.array(words, { maxLength: 12 }).map((parts) => parts.join('')) },
      { weight: 1, arbitrary: fc.constantFrom(...Object.values(nginxAttacks), ...nginxSnippets) },
    );
    const snippets = fc.sample(
      fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(' ')),
      { numRuns: 4000, seed: 11 },
    );
    const verdicts = controllerFaults(snippets);
    expect(new Set(verdicts.map((verdict) => verdict?.[1])).size).toBe(3);
    expect(await nodeFaults(snippets)).toEqual(verdicts);
  });

  it('is judged by the same list on both sides', async () => {
    const script = `
import json
from ansible.module_utils.pressluft.nginx_directives import RULES
print(json.dumps(RULES))
`;
    expect(JSON.parse(await python.run(script))).toEqual(rules);
  });
});
