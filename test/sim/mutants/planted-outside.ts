import type { Mutant } from './mutant.ts';

const acceptEveryLoss = {
  file: 'src/actions/environment-converge.ts',
  find: "actions.filter(({ reason }) => reason === 'DataMissing')",
  replace: 'actions.filter(({ reason }) => reason !== undefined)',
};

/** Bugs in what Pressluft makes of changes outside of Git: at the provider, on nodes, and in WordPress. */
export const outsideMutants: readonly Mutant[] = [
  {
    name: 'forget-what-was-created',
    what: 'the id of a created server is known from its record only',
    file: 'src/actions/node-create.ts',
    find: 'pinServer(context.deps.store, node.uid, { provider: provider.name, id: server.id });',
    replace: 'void pinServer;',
  },
  {
    name: 'labels-without-a-name',
    what: 'a server without its labels refuses its own creation, and the message does not say which labels it lacks',
    file: 'src/adapters/hetzner/ownership.ts',
    find: "${missing.join(', ')}",
    replace: 'those of the node',
  },
  {
    name: 'delete-what-is-left',
    what: 'a removed site that lost its database is deleted, whatever its policy is',
    file: 'src/plan/remove-environment.ts',
    find: "const policy = seen.deletionPolicy ?? 'retain';\n",
    replace:
      "const policy = (seen.missingData ?? []).length > 0 ? 'delete' : (seen.deletionPolicy ?? 'retain');\n",
  },
  {
    name: 'nobody-is-asked',
    what: 'a removed site on a server without its labels waits for ever, without a person',
    file: 'src/plan/unobserved-environments.ts',
    find: "if (identity.reason === 'ServerGone') return lossOf(",
    replace:
      "if (identity.reason === 'ServerUnlabelled') return unreachable(name, false);\n    if (identity.reason === 'ServerGone') return lossOf(",
  },
  {
    name: 'identity-by-label-only',
    what: 'a recorded server without its labels counts as gone',
    file: 'src/fleet/server-identity.ts',
    find: 'if (found === undefined) return { server: null, identity: known?.precious === true ? gone(known) : null };',
    replace: 'if (found === undefined || gone !== undefined) return { server: null, identity: null };',
  },
  {
    name: 'ignore-renames',
    what: 'a server with another name is worked on',
    file: 'src/fleet/server-identity.ts',
    find: 'if (server.name !== name) return',
    replace: 'if (server.name !== name && name === undefined) return',
  },
  {
    name: 'ignore-rebuilds',
    what: 'a server with another disk is provisioned again without asking',
    file: 'src/fleet/server-identity.ts',
    find: 'if (isOther) return known.precious ? rebuilt(known, server, after) : null;',
    replace: 'if (isOther && rebuilt !== undefined) return null;',
  },
  {
    name: 'empty-instead-of-lost',
    what: 'an environment that was applied and is gone is created again, empty',
    file: 'src/plan/losses.ts',
    find: 'if (!isGone || !wasApplied) return null;',
    replace: 'if (!isGone || !wasApplied || lost !== undefined) return null;',
    // The node refuses it as well.
    also: acceptEveryLoss,
  },
  {
    name: 'blind-to-dropped-databases',
    what: 'a database that people dropped is not seen, and the next change installs an empty WordPress',
    file: 'src/actions/probe-node.ts',
    find: '...(missing.length > 0 ? { missingData: missing } : {}),',
    replace: '',
    also: acceptEveryLoss,
  },
  {
    name: 'losses-need-no-approval',
    what: 'what accepts a loss of data runs without an approval',
    file: 'src/plan/guards.ts',
    find: 'if (isLossReason(action.reason)) return lossBlock(',
    replace: 'if (isLossReason(action.reason) && input === undefined) return lossBlock(',
  },
  {
    name: 'any-approval-will-do',
    what: 'the approval of one action counts for every loss',
    file: 'src/plan/guards.ts',
    find: '    if (approved.has(action.digest)) return null;\n    if (isLossReason(action.reason))',
    replace:
      '    if (approved.has(action.digest)) return null;\n    if (approved.size > 0 && isLossReason(action.reason)) return null;\n    if (isLossReason(action.reason))',
  },
  {
    name: 'overwrite-the-site',
    what: "a title that belongs to the site is set to the manifest's",
    file: 'src/fleet/environment-task.ts',
    find: 'title: wordpress.manage.title,',
    replace: "title: 'git',",
  },
  {
    name: 'blind-to-wp-admin',
    what: 'settings that people changed in WordPress are not seen, and put back by the next change of anything else',
    file: 'src/plan/drift.ts',
    find: ".filter(({ owner }) => owner === 'git')",
    replace: '.filter(({ owner }) => owner === undefined)',
  },
  {
    name: 'blind-to-damaged-code',
    what: 'code that differs from its artifact is left as it is',
    file: 'src/plan/drift.ts',
    find: 'if (code === null || code.intact) return [];',
    replace: 'if (code === null || code.intact !== undefined) return [];',
  },
];
