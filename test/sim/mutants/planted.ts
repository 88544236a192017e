/** A bug that is planted in the sources while they are loaded, to see whether the simulator finds it. */
export interface Mutant {
  readonly name: string;
  /** Effect of the bug. */
  readonly what: string;
  readonly file: string;
  /** Text of the file that is replaced; it must be there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A second place of the same bug. */
  readonly also?: { readonly file?: string; readonly find: string; readonly replace: string };
}

export const mutants: readonly Mutant[] = [
  {
    name: 'skip-the-journal',
    what: 'the intent to create a server is never stored',
    file: 'src/actions/node-create.ts',
    find: 'store.putIntent({',
    replace: 'void ({',
  },
  {
    name: 'journal-after-the-effect',
    what: 'a known intent is not read again, so a second attempt has another host key than the server',
    file: 'src/actions/node-create.ts',
    find: 'const { publicKey, privateKey } = known?.data ?? {};',
    replace: 'const { publicKey, privateKey } = (known, {}) as Record<string, unknown>;',
  },
  {
    name: 'never-forget-the-intent',
    what: 'the intent stays after the server exists, so its creation is resumed forever',
    file: 'src/actions/node-create.ts',
    find: 'context.deps.store.deleteIntent(action.id);',
    replace: '',
  },
  {
    name: 'create-under-a-new-name',
    what: 'each attempt to create a server takes a name of its own, so that an interrupted one is not found',
    file: 'src/actions/node-create.ts',
    find: 'name: serverName(context.desired.config.fleet, node.name),',
    replace:
      'name: `${serverName(context.desired.config.fleet, node.name)}-${Math.floor(context.deps.clock.monotonic())}`,',
  },
  {
    name: 'forget-the-host-key',
    what: 'the host key of a new server is not pinned',
    file: 'src/actions/node-create.ts',
    find: 'pinHostKey(context.deps.store, node.uid, trusted);',
    replace: 'void pinHostKey;',
  },
  {
    name: 'discard-whatever-fails',
    what: 'a server whose action ended in error is deleted, also when it was adopted and is a node already',
    file: 'src/actions/node-create.ts',
    find: 'if (!discard || !isPressluftError(error, errors.providerActionFailed)) throw error;',
    replace: 'if (!isPressluftError(error)) throw error;',
  },
  {
    name: 'forget-the-node-lock',
    what: 'two batches work on one node at the same time',
    file: 'src/reconcile/execute.ts',
    find: '|| busyNodes.has(batch.node)) continue;',
    replace: '|| running.has(batch.key)) continue;',
  },
  {
    name: 'ignore-dependencies',
    what: 'an action starts although one that it depends on failed',
    file: 'src/reconcile/execute.ts',
    find: 'pending = pending.filter((action) => !action.dependsOn.some((id) => isLost(results.get(id))));',
    replace: '',
    also: {
      find: "action.dependsOn.every((id) => results.get(id)?.outcome === 'succeeded'),",
      replace: 'action.dependsOn.every((id) => results.has(id)),',
    },
  },
  {
    name: 'silence-is-success',
    what: 'an environment that a run did not mention counts as done',
    file: 'src/actions/playbook-outcomes.ts',
    find: "if (end !== undefined && end.status !== 'failed')\n        return [ref, { changed: end.status === 'changed', output: null }];",
    replace: "if (end?.status !== 'failed') return [ref, { changed: true, output: null }];",
  },
  {
    name: 'record-before-durable',
    what: 'runs count as recorded before the push that records them',
    file: 'src/reconcile/record-pass.ts',
    find: '  try {\n    const statusCommit',
    replace: '  markRecorded(deps.store, runs);\n  try {\n    const statusCommit',
  },
  {
    name: 'record-again-and-again',
    what: 'runs that were recorded are recorded in every pass',
    file: 'src/reconcile/record-pass.ts',
    find: '    markRecorded(deps.store, runs);\n',
    replace: '',
  },
  {
    name: 'rejected-is-good-enough',
    what: 'a rejected push counts as done',
    file: 'src/record/commit-records.ts',
    find: 'if (!isPressluftError(error, errors.pushRejected) || attempt === maxAttempts) throw error;',
    replace:
      'if (isPressluftError(error, errors.pushRejected)) return commit;\n      if (attempt === maxAttempts) throw error;',
  },
  {
    name: 'overwrite-records',
    what: 'the runs of a day share one record, so that a later one replaces an earlier one',
    file: 'src/record/changes.ts',
    find: '  for (const run of runs) changes.set(runPath(run), renderRun(run));\n',
    replace:
      '  for (const run of runs) changes.set(runPath({ ...run, id: run.id.slice(0, 8) } as Run), renderRun(run));\n',
  },
  {
    name: 'never-the-same',
    what: 'status documents are written in every pass, changed or not',
    file: 'src/record/changes.ts',
    find: 'if (before !== undefined && isSame(before, status)) continue;',
    replace: '',
    also: {
      find: 'if (before !== undefined && isSame(lasting(before), lasting(status))) passing.push(status);',
      replace: 'if (before === undefined && isSame(lasting(status), null)) passing.push(status);',
    },
  },
  {
    name: 'wait-by-the-wall-clock',
    what: 'the interval is measured by the wall clock, which may be set back',
    file: 'src/reconcile/daemon.ts',
    find: 'const deadline = deps.clock.monotonic() + intervalMs * spread;',
    replace: 'const deadline = deps.clock.now() + intervalMs * spread;',
    also: {
      find: 'const left = deadline - deps.clock.monotonic();',
      replace: 'const left = deadline - deps.clock.now();',
    },
  },
  {
    name: 'stop-looking',
    what: 'the manifests of the first commit stay in use',
    file: 'src/reconcile/load-desired.ts',
    find: 'if (known?.commit === commit && known.facts === facts) return known.value;',
    replace: 'if (known !== null) return known.value;',
  },
  {
    name: 'no-back-off',
    what: 'a failed action is retried in every pass',
    file: 'src/reconcile/retry.ts',
    find: 'return retry?.digest === desiredDigest ? backingOff(retry) : null;',
    replace: 'return retry?.digest === desiredDigest && retry.failures > 1e9 ? backingOff(retry) : null;',
  },
  {
    name: 'never-stall',
    what: 'there is no end to the retries',
    file: 'src/reconcile/retry.ts',
    find: 'retryDelaysMs[failures - 1]',
    replace: 'retryDelaysMs[Math.min(failures - 1, 2)]',
  },
  {
    name: 'keep-old-failures',
    what: 'failures of unplanned actions are never deleted',
    file: 'src/reconcile/pass.ts',
    find: '    if (!open.has(resource) && !failed.has(resource)) deps.store.deleteRetry(resource);',
    replace: '    void failed.has(resource);',
  },
  {
    name: 'deaf-to-operators',
    what: 'a retry request of an operator is ignored',
    file: 'src/reconcile/pass.ts',
    find: 'if (options.operator && !options.dryRun) forgetFailures(deps, wanted, options.force === true);',
    replace: 'void forgetFailures;',
  },
  {
    name: 'delete-what-is-broken',
    what: 'a manifest that cannot be read counts as removed',
    file: 'src/plan/quarantined.ts',
    find: 'if (cause !== undefined) return brokenManifest(ref, cause);',
    replace: 'if (cause !== undefined) return null;',
    also: {
      find: "return file === '' ? ofUnknownFile(view) : ofFile(view, file);",
      replace: 'return file.length < 0 ? ofFile(view, file) : null;',
    },
  },
  {
    name: 'no-protection',
    what: 'protected resources are removed',
    file: 'src/plan/removal-guards.ts',
    find: 'if (view.recorded.status.get(resource)?.protected === true || markedOnNode) {',
    replace: 'if (markedOnNode && resource === undefined) {',
  },
  {
    name: 'no-budget',
    what: 'any number of deletions is allowed',
    file: 'src/plan/guards.ts',
    find: 'if (count <= maxCount && !overShare) return planned;',
    replace: 'if (count <= maxCount + 1e9 || overShare) return planned;',
  },
  {
    name: 'touch-the-foreign',
    what: 'environments of another fleet are taken out of service',
    file: 'src/plan/remove-environment.ts',
    find: 'if (seen.uid !== uid || livesElsewhere(',
    replace: 'if (livesElsewhere(',
  },
  {
    name: 'retain-is-delete',
    what: 'an environment that is to be kept is deleted',
    file: 'src/plan/remove-environment.ts',
    find: "if (policy === 'retain' && seen.retained) return nothing;\n  const step = (kind: ActionKind, details: StepDetails = {}) => removal(input, node, seen, kind, details);\n  const first = step(policy === 'delete' ?",
    replace:
      "const step = (kind: ActionKind, details: StepDetails = {}) => removal(input, node, seen, kind, details);\n  const first = step(policy !== 'backup-then-delete' ?",
  },
  {
    name: 'delete-a-used-node',
    what: 'the server of a node is deleted with the environments that are kept on it',
    file: 'src/plan/plan-removals.ts',
    find: 'return guardRemoval(view, action, false) ?? guardNodeData(view, node, action, environments) ?? act(action);',
    replace:
      'return guardRemoval(view, action, false) ?? (guardNodeData === undefined ? null : act(action)) ?? act(action);',
  },
  {
    name: 'work-on-the-suspended',
    what: 'nodes that an operator suspended are worked on',
    file: 'src/plan/plan.ts',
    find: 'blockedBySuspension(input, certain)',
    replace: 'blockedBySuspension === undefined ? certain : certain',
  },
  {
    name: 'needs-no-approval',
    what: 'actions that need an approval run without it',
    file: 'src/plan/plan.ts',
    find: 'const approved = blockedForApproval(input, allowed, digest);',
    replace: 'const approved = blockedForApproval === undefined ? allowed : allowed;',
  },
  {
    name: 'quote-secrets',
    what: 'messages of the node are recorded unchanged, including secrets',
    file: 'src/actions/run-playbook.ts',
    find: "'message' in event && event.message !== undefined ? context.deps.secrets.redact(event.message) : null;",
    replace: "'message' in event && event.message !== undefined ? event.message : null;",
  },
  {
    name: 'log-secrets',
    what: 'messages of a failing environment are recorded unchanged, including secrets',
    file: 'src/actions/playbook-outcomes.ts',
    find: "const message = context.deps.secrets.redact(reported?.message ?? 'the run ended without a result for it');",
    replace: "const message = reported?.message ?? 'the run ended without a result for it';",
    also: {
      file: 'src/reconcile/execute.ts',
      find: 'message: deps.secrets.redact(result.error.message) } };',
      replace: 'message: `${deps.secrets.redact === null}${result.error.message}` } };',
    },
  },
  {
    name: 'lose-finished-runs',
    what: 'a run is ended before it is added to the list of runs to record',
    file: 'src/reconcile/run-log.ts',
    find: '      addUnrecorded(deps.store, [id]);\n      deps.store.finishRun(run);\n',
    replace: '      deps.store.finishRun(run);\n      addUnrecorded(deps.store, [id]);\n',
  },
  {
    name: 'leave-broken-runs-open',
    what: 'runs of a failed pass are closed at the next start only',
    file: 'src/reconcile/pass.ts',
    find: 'if (options.dryRun !== true) closeInterruptedRuns(deps);',
    replace: 'void closeInterruptedRuns;',
  },
  {
    name: 'keep-unwanted-intents',
    what: 'create intents of unwanted nodes are never deleted',
    file: 'src/reconcile/pass.ts',
    find: 'settleIntents(deps, desired, after);',
    replace: 'void settleIntents;',
  },
  {
    name: 'damaged-counts-as-removed',
    what: 'a file that no longer contains a manifest counts as removed',
    file: 'src/plan/quarantined.ts',
    find: 'if (found !== undefined) {',
    replace: 'if (found !== undefined && file === undefined) {',
  },
  {
    name: 'create-again-while-unreachable',
    what: 'an unreachable node counts as one without the site',
    file: 'src/plan/plan-environments.ts',
    find: 'if (home !== null && !isAt(view, environment))',
    replace: 'if (home !== null && home === environment.node)',
  },
  {
    name: 'ignore-claims',
    what: 'interrupted creates have no owner',
    file: 'src/actions/probe-node.ts',
    find: "(record.at('uid').text(64) ?? value.at('uid').text(64)) as Uid | null",
    replace: "record.at('uid').text(64) as Uid | null",
  },
  {
    name: 'keep-the-key-of-a-dead-server',
    what: 'the first pinned key is trusted forever, even if the provider reports another key',
    file: 'src/actions/host-keys.ts',
    find: 'return hostKeyId(pinned) !== madeWith && hostKeyId(committed) === madeWith ? committed : pinned;',
    replace:
      'return hostKeyId(pinned) !== madeWith && hostKeyId(committed) === undefined ? committed : pinned;',
  },
  {
    name: 'forget-interrupted-creates',
    what: 'the node of an interrupted create is not stored',
    file: 'src/actions/environment-converge.ts',
    find: 'for (const { uid } of environments) rememberInterrupted(context.deps.store, uid, node);',
    replace: 'void rememberInterrupted;',
  },
  {
    name: 'leave-the-copy',
    what: 'a second copy of a site stays on the node where its creation was interrupted',
    file: 'src/plan/remove-environment.ts',
    find: 'if (desired !== undefined) return removeCopy(input, node, seen, desired);',
    replace: 'if (desired !== undefined) return removeCopy === undefined ? merge([]) : nothing;',
  },
  {
    name: 'trust-one-list',
    what: 'a server that a list omits counts as deleted, with its record and guards',
    file: 'src/reconcile/find-servers.ts',
    find: '...(await unlisted(cloud, known, listed, signal))',
    replace: '...((unlisted === undefined ? [known] : []) as never[])',
    also: {
      file: 'src/plan/plan-removals.ts',
      find: '(isObserved || !wasNode)',
      replace: '(isObserved || !view.wasUsed(node.name) || !wasNode)',
    },
  },
];
