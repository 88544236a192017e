import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDiagnostics, type Diagnostic } from '../../src/manifest/index.ts';
import { fleetWith, load, soundFleet } from './fleet-fixture.ts';

const shown = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);

function problemsOf(text: string): readonly Diagnostic[] {
  const { diagnostics } = load(fleetWith({ 'environments/staging.yaml': text }));
  return diagnostics.filter(
    ({ file, severity }) => file === 'environments/staging.yaml' && severity === 'error',
  );
}

describe('all errors of a file are listed at once', () => {
  test('of content, schema, meaning and fleet, in several documents, in the order of the file', () => {
    const found = problemsOf(`apiVersion: pressluft.dev/v1
kind: Environment
metadata: { name: acme-staging, annotations: { note: "{{ x }}" } }
spec:
  site: acmee
  node: !secret web-1
  type: stagging
  colour: red
  domains: { primary: acme.example, aliases: ["*.acme.example"] }
  php: { version: 8.2, ini: { open_basedir: / } }
  wordpress: { version: 7.1.2, plugins: { akismet: 5.7.2, akismet: 5.7.1 }, constants: { DB_HOST: x } }
  access: { basicAuth: { user: review, passwordHash: correct-horse } }
---
apiVersion: pressluft.dev/v1
kind: Node
metadata: { name: web-2 }
spec: { provider: nowhere, serverTyp: cx23, timezone: Europe/Berlinn }
---
apiVersion: pressluft.dev/v1
kind: Site
metadata: { name: third }
spec: { title: [x, adminEmail: a@b.example
---
apiVersion: pressluft.dev/v1
kind: Enviroment
`);
    expect(shown(found)).toEqual([
      '3:54 PL1016',
      '5:9 PL1050',
      '6:9 PL1013',
      '7:9 PL1033',
      '8:3 PL1030',
      '9:23 PL1052',
      '9:47 PL1048',
      '10:19 PL1037',
      '10:31 PL1040',
      '11:25 PL1054',
      '11:59 PL1011',
      '11:90 PL1041',
      '12:54 PL1044',
      '17:19 PL1050',
      '17:28 PL1030',
      '17:55 PL1046',
      '23:1 PL1010',
      '23:1 PL1010',
      '25:7 PL1022',
    ]);
  });

  test('fields that a merge key would add are not reported as missing, and the rest is still checked', () => {
    const found = problemsOf(`apiVersion: pressluft.dev/v1
kind: Environment
metadata: { name: Bad_Name }
spec:
  <<: { node: web-1, type: staging }
  site: acme
  colour: red
  php: { memoryLimit: much }
`);
    expect(shown(found)).toEqual(['3:19 PL1024', '5:3 PL1012', '7:3 PL1030', '8:23 PL1034']);
  });

  test('every fault, in the same order, beside any other faults', () => {
    const fields = [
      '  colour: red\n',
      '  node: nowhere\n',
      '  type: 7\n',
      '  php: { version: 8.2, nothing: 1 }\n',
      '  domains: { primary: "*.x.example" }\n',
      '  access: { noindex: maybe }\n',
      '  site: "{{ x }}"\n',
      '  wordpress: { version: 9.9.9, themes: { a: latest } }\n',
    ];
    const documents = [
      '---\napiVersion: pressluft.dev/v1\nkind: Sight\n',
      '---\napiVersion: pressluft.dev/v1\nkind: Site\nmetadata: { name: x }\nspec: { titel: x }\n',
      '---\napiVersion: pressluft.dev/v1\nkind: Node\nmetadata: { name: y }\nspec: { provider: z, serverType: cx23 }\n',
    ];
    const environment = soundFleet['environments/production.yaml']?.replace(
      'acme-production',
      'acme-staging',
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(fields), fc.shuffledSubarray(documents), (some, others) => {
        const parts = [environment ?? '', ...some, ...others];
        const found = problemsOf(parts.join(''));
        expect(found).toEqual(found.toSorted(compareDiagnostics));
        let line = 1;
        for (const part of parts) {
          const end = line + part.split('\n').length - 1;
          const here = found.some((diagnostic) => diagnostic.line >= line && diagnostic.line < end);
          if (part !== environment) expect(here, part).toBe(true);
          line = end;
        }
      }),
      { numRuns: 60 },
    );
  });
});
