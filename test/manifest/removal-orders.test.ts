import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import type { DesiredFleet } from '../../src/fleet/desired.ts';
import type { ManifestFile } from '../../src/manifest/index.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import { recordedFleet, statusDocument, testFleet } from '../support/fleet-builders.ts';
import { load, soundFleet } from './fleet-fixture.ts';

const environments = ['one', 'two', 'three', 'four', 'five'];

/** The policy `delete` makes every wrong removal a loss. */
function documentOf(name: string, isProtected: boolean): string {
  return [
    'apiVersion: pressluft.dev/v1',
    'kind: Environment',
    `metadata: { name: ${name} }`,
    'spec:',
    '  site: acme',
    '  node: web-1',
    '  # agreed with the customer',
    ...(isProtected ? ['  protected: true'] : []),
    `  domains: { primary: ${name}.example }`,
    '  deletionPolicy: delete',
    '  type: production',
    '',
  ].join('\n');
}

/** Names of the documents of each file, and those that are protected. */
interface Repository {
  readonly files: readonly (readonly string[])[];
  readonly isProtected: ReadonlySet<string>;
}

const repositories: fc.Arbitrary<Repository> = fc.record({
  files: fc
    .tuple(fc.shuffledSubarray(environments, { minLength: 5 }), fc.integer({ min: 1, max: 4 }))
    .map(([names, size]) => [names.slice(0, size), names.slice(size)]),
  isProtected: fc.subarray(environments).map((names) => new Set(names)),
});

const textOf = ({ isProtected }: Repository, names: readonly string[]) =>
  names.map((name) => documentOf(name, isProtected.has(name))).join('---\n');

const encoder = new TextEncoder();

function filesOf(repository: Repository, first: Uint8Array | null): ManifestFile[] {
  const texts: Record<string, string> = {
    ...soundFleet,
    'pressluft.yaml': (soundFleet['pressluft.yaml'] ?? '').replace('name: test', `name: ${testFleet}`),
    'environments/b.yaml': textOf(repository, repository.files[1] ?? []),
  };
  delete texts['environments/production.yaml'];
  const others = Object.entries(texts).map(([path, text]) => [path, encoder.encode(text)] as const);
  const edited = first === null ? [] : [['environments/a.yaml', first] as const];
  return [...others, ...edited].map(([path, bytes]) => ({ path, oid: path, kind: 'file', bytes }));
}

/** The input of a plan for a commit, after everything that the repository describes was applied and recorded. */
function inputFor(repository: Repository, desired: DesiredFleet): PlanInput {
  const applied = load(
    filesOf(repository, encoder.encode(textOf(repository, repository.files[0] ?? []))),
  ).fleet;
  if (applied === undefined || applied.environments.size !== 5) throw new Error('the fleet is not valid');
  const documents = [...applied.environments.values(), ...applied.nodes.values()].map((resource) =>
    statusDocument(resource.ref, {
      sourceFile: applied.locate(resource.ref, '')?.file ?? '',
      protected: resource.protected,
      node: 'site' in resource ? resource.node : null,
    }),
  );
  return planInput({ desired, observed: convergedFleet(applied), recorded: recordedFleet(documents) });
}

type Edit = (text: string) => Uint8Array | null;

const anyPlace = fc.double({ min: 0, max: 1, noNaN: true });
const at = (text: string, place: number) => Math.floor(place * text.length);
const between = (a: number, b: number): [number, number] => (a < b ? [a, b] : [b, a]);
const bytes = (text: string) => encoder.encode(text);
const lfsPointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 300\n`;

function onLines(text: string, a: number, b: number, edit: (lines: readonly string[]) => readonly string[]) {
  const lines = text.split('\n');
  const [from, to] = between(Math.floor(a * lines.length), Math.floor(b * lines.length));
  return bytes(
    [...lines.slice(0, from), ...edit(lines.slice(from, to + 1)), ...lines.slice(to + 1)].join('\n'),
  );
}

const edits: fc.Arbitrary<Edit> = fc.oneof(
  anyPlace.map(
    (place): Edit =>
      (text) =>
        bytes(text.slice(0, at(text, place))),
  ),
  anyPlace.map(
    (place): Edit =>
      (text) =>
        bytes(text.slice(at(text, place))),
  ),
  fc.tuple(anyPlace, anyPlace).map(
    ([a, b]): Edit =>
      (text) => {
        const [from, to] = between(at(text, a), at(text, b));
        return bytes(text.slice(0, from) + text.slice(to));
      },
  ),
  fc.tuple(anyPlace, anyPlace).map(
    ([a, b]): Edit =>
      (text) => {
        return onLines(text, a, b, () => []);
      },
  ),
  fc.tuple(anyPlace, anyPlace, fc.constantFrom('#', '# ', '\t#', '  ')).map(([a, b, prefix]): Edit => {
    return (text) => onLines(text, a, b, (lines) => lines.map((line) => prefix + line));
  }),
  fc.constantFrom('\r', '\r\n', '\u2028', '\u0085', '\0', '', ' ', '\n\n').map((end): Edit => {
    return (text) => bytes(text.replaceAll('\n', end));
  }),
  fc.tuple(anyPlace, anyPlace, fc.constantFrom('\r', '\u2028', '\u2029', '\u0085', '\v', '', ' ')).map(
    ([a, b, end]): Edit =>
      (text) => {
        const [from, to] = between(at(text, a), at(text, b));
        return bytes(text.slice(0, from) + text.slice(from, to).replaceAll('\n', end) + text.slice(to));
      },
  ),
  fc.tuple(anyPlace, fc.constantFrom('\ufeff', '\0', '# ', '---\n', '...\n', '\n---\n# ', '"', '|\n')).map(
    ([place, inserted]): Edit =>
      (text) =>
        bytes(text.slice(0, at(text, place)) + inserted + text.slice(at(text, place))),
  ),
  fc.tuple(anyPlace, anyPlace).map(
    ([a, b]): Edit =>
      (text) => {
        return onLines(text, a, b, (lines) => ['<<<<<<< HEAD', '=======', ...lines, '>>>>>>> topic']);
      },
  ),
  {
    weight: 3,
    arbitrary: fc.constantFrom('', ' ', '\r', '\u2028', '\u0085', '\v', '\n# ').map((end): Edit => {
      return (text) => bytes(text.replaceAll('customer\n', `customer${end}`));
    }),
  },
  fc.constantFrom<Edit>(
    () => bytes(''),
    () => bytes('\ufeff'),
    () => bytes(lfsPointer),
    (text) => Buffer.from(text, 'utf16le'),
    (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
    (text) => Buffer.from(text, 'utf16le').swap16(),
    (text) => Buffer.from(`# caf\xe9\n${text}`, 'latin1'),
    (text) => bytes(text.replaceAll('pressluft.dev/v1', 'apps/v1').replaceAll('Environment', 'Deployment')),
    (text) => bytes(text.replace('pressluft.dev/v1', 'v1').replace('Environment', 'ConfigMap')),
    () => null,
  ),
);

/**
 * Whether a person would read the edited file as one from which a document was taken out: comments apart, it consists of whole lines of other
 * documents, each with its name, separated as documents are.
 */
function isOrdered(repository: Repository, name: string, edited: Uint8Array | null): boolean {
  if (edited === null) return true;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(edited).replaceAll('\r\n', '\n');
  } catch {
    return false;
  }
  if (!text.endsWith('\n')) return false;
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const parts: string[][] = [[]];
  for (const line of lines) {
    if (line === '---') parts.push([]);
    else parts.at(-1)?.push(line);
  }
  if (parts.length > 1 && parts[0]?.length === 0) parts.shift();
  return parts.every((part) =>
    environments.some((other) => {
      const whole = new Set(documentOf(other, repository.isProtected.has(other)).split('\n'));
      return (
        other !== name &&
        part.includes(`metadata: { name: ${other} }`) &&
        part.every((line) => whole.has(line))
      );
    }),
  );
}

test('no edit of a file removes a resource or a protection in silence', () => {
  const seen = { removed: 0, unprotected: 0 };
  fc.assert(
    fc.property(repositories, edits, (repository, edit) => {
      const edited = edit(textOf(repository, repository.files[0] ?? []));
      const { fleet } = load(filesOf(repository, edited));
      if (fleet === undefined) throw new Error('pressluft.yaml was not edited');
      const { actions, blocked } = plan(inputFor(repository, fleet));
      for (const { resource, kind } of [...actions, ...blocked]) {
        if (!/\.(delete|retain)$/.test(kind)) continue;
        // Deleting the file or taking out the document are the only orders.
        if (!isOrdered(repository, resource.slice('environment/'.length), edited))
          throw new Error(`${resource} would be removed`);
        seen.removed++;
      }
      for (const name of environments) {
        const ref = `environment/${name}`;
        const desired = fleet.environments.get(name as EnvironmentName);
        // What was applied and is not described is reported.
        if (desired === undefined)
          expect([...actions, ...blocked].map(({ resource }) => resource)).toContain(ref);
        if (desired?.protected !== false || !repository.isProtected.has(name)) continue;
        const changes = actions.find(({ resource }) => resource === ref)?.changes ?? [];
        expect(changes).toContainEqual({ field: 'protected', before: true, after: false });
        seen.unprotected++;
      }
    }),
    { numRuns: 250, seed: 2026_11_30 },
  );
  expect(Math.min(seen.removed, seen.unprotected)).toBeGreaterThan(0);
});
