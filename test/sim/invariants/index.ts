import { bounded } from './bounded.ts';
import type { Checker } from './checker.ts';
import { onlyCommittedRemovals } from './committed-removals.ts';
import { converged } from './converged.ts';
import { dataKept } from './data-kept.ts';
import { findings } from './findings.ts';
import { honoured } from './honoured.ts';
import { journal } from './journal.ts';
import { namesHeld } from './names-held.ts';
import { noBugs } from './no-bugs.ts';
import { oneMutation } from './one-mutation.ts';
import { oneOfEach } from './one-of-each.ts';
import { noSecrets } from './secrets.ts';
import { siteOwner } from './site-owner.ts';
import { appendOnly } from './status-branch.ts';
import { truthful } from './truthful.ts';
import { untouched } from './untouched.ts';

/** All invariants, checked in every run. Later action kinds add theirs here. */
export function allCheckers(): readonly Checker[] {
  return [
    untouched(),
    oneOfEach(),
    onlyCommittedRemovals(),
    appendOnly(),
    oneMutation(),
    journal(),
    honoured(),
    truthful(),
    dataKept(),
    findings(),
    siteOwner(),
    namesHeld(),
    bounded(),
    noBugs(),
    noSecrets(),
    converged(),
  ];
}

export { type Checker, Violation } from './checker.ts';
