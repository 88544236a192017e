import type { Action } from '../fleet/plan.ts';

/** What an action does, with the file that described what it removes. */
export function actionWords({ message, formerFile }: Pick<Action, 'message' | 'formerFile'>): string {
  return formerFile === null ? message : `${message}; it was described in ${formerFile}`;
}
