import { invalidInput } from './api-error.ts';
import type { Labels } from './model.ts';

export type LabelMatcher = (labels: Readonly<Labels>) => boolean;

const key = `[A-Za-z0-9](?:[A-Za-z0-9_./-]*[A-Za-z0-9])?`;
const value = `(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?`;
const equality = new RegExp(`^(${key})\\s*(==|=|!=)\\s*(${value})$`);
const membership = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const presence = new RegExp(`^(!?)\\s*(${key})$`);
const wholeValue = new RegExp(`^${value}$`);

/**
 * Parses Hetzner's label selector language: `k=v`, `k==v`, `k!=v`, `k`, `!k`, `k in (a,b)`, `k notin (a,b)`, joined by commas
 * (docs.hetzner.cloud, "Label Selector"). A negative expression also matches resources without the key, as in Kubernetes.
 * Throws `invalid_input` for anything else.
 */
export function parseLabelSelector(selector: string): LabelMatcher {
  const matchers = splitOutsideParentheses(selector).map((part) => parseExpression(part.trim()));
  return (labels) => matchers.every((matches) => matches(labels));
}

function splitOutsideParentheses(selector: string): readonly string[] {
  return selector.split(/,(?![^(]*\))/);
}

function parseExpression(text: string): LabelMatcher {
  const set = membership.exec(text);
  if (set?.[1] !== undefined && set[3] !== undefined) {
    const name = set[1];
    const values = set[3].split(',').map((item) => item.trim());
    if (values.every((item) => wholeValue.test(item))) {
      const wanted = set[2] === 'in';
      return (labels) => values.includes(labels[name] ?? '\0') === wanted;
    }
  }
  const equal = equality.exec(text);
  if (equal?.[1] !== undefined) {
    const [, name, operator, expected] = equal;
    return (labels) => (labels[name] === expected) === (operator !== '!=');
  }
  const exists = presence.exec(text);
  if (exists?.[2] !== undefined) {
    const name = exists[2];
    const wanted = exists[1] === '';
    return (labels) => Object.hasOwn(labels, name) === wanted;
  }
  throw invalidInput([
    { name: 'label_selector', messages: [`'${text.slice(0, 100)}' is not a label selector`] },
  ]);
}
