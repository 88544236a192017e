import type { Mutant } from './mutant.ts';

/** Bugs in who may describe what. */
export const ownershipMutants: readonly Mutant[] = [
  {
    name: 'everybody-is-the-fleet-owner',
    what: 'the kinds and sites of a path are not checked, so a site owner orders servers and stops the work on others',
    file: 'src/manifest/checks/ownership.ts',
    find: 'placeProblem(where, rights) ?? siteProblem(where, rights, sites)',
    replace: '(placeProblem === undefined ? siteProblem(where, rights, sites) : undefined)',
    also: {
      find: '  for (const [ref, all] of index.byRef) {\n    const ofFleet',
      replace: '  for (const [ref, all] of [...index.byRef].slice(0, 0)) {\n    const ofFleet',
    },
  },
  {
    name: 'a-foreign-document-blocks-its-resource',
    what: 'a refused document takes the resource that it names out of service for everybody',
    file: 'src/manifest/checks/ownership.ts',
    find: '.filter(({ where }) => !index.byRef.has(where.document.ref))',
    replace: '.filter(({ where }) => index.byRef.has(where.document.ref) || where !== undefined)',
  },
];
