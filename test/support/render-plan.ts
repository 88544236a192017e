import { actionKinds } from '../../src/actions/index.ts';
import type { PlanSubject } from '../../src/plan/plan-view.ts';
import * as markdown from '../../src/plan/render-markdown.ts';
import * as text from '../../src/plan/render-text.ts';

/** The renderers with the existing action kinds. */
export function renderPlanText(subject: PlanSubject, paint?: text.Paint, options?: text.TextOptions): string {
  return text.renderPlanText(subject, actionKinds, paint, options);
}

export function renderPlanMarkdown(subject: PlanSubject, options?: markdown.MarkdownOptions): string {
  return markdown.renderPlanMarkdown(subject, actionKinds, options);
}
