import type { Mutant } from './mutant.ts';

/** Bugs in who may have a name, and whose data may be served. */
export const nameMutants: readonly Mutant[] = [
  {
    name: 'contested-names-are-free',
    what: 'an environment that claims the domain of another one gets it',
    file: 'src/plan/contested-names.ts',
    find: 'if (environment === contested.holder || blocks.has(environment.ref)) continue;',
    replace: 'if (environment !== undefined) continue;',
  },
  {
    name: 'the-newcomer-wins',
    what: 'of two that claim a domain, the one that does not have it applied gets it',
    file: 'src/fleet/claims.ts',
    find: 'const rightful = derived.length > 0 ? derived : applied;',
    replace:
      'const rightful = derived.length > 0 ? derived : owners.filter((owner) => !applied.includes(owner));',
  },
  {
    name: 'preview-hosts-are-free',
    what: 'a manifest may claim the preview host of another environment',
    file: 'src/manifest/kinds/environment/preview-checks.ts',
    find: 'if (taken === null || taken.owner === own) return [];',
    replace: 'if (taken !== undefined) return [];',
  },
  {
    name: 'data-change-their-site',
    what: 'data of one site are served as a part of another one that takes the name of its environment',
    file: 'src/plan/plan-environments.ts',
    find: 'if (former !== null && former !== environment.site)',
    replace: "if (former === '' && former !== environment.site)",
  },
];
