import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Fails where identifiers, comments, output or docs use a word of our own for an idea that the field has a word for: the glossary in
 * `docs/architecture.md` has the words to use. ADRs and the change log keep the text of their time.
 */
export interface WordRule {
  readonly pattern: RegExp;
  readonly use: string;
}

export const wordRules: readonly WordRule[] = [
  { pattern: /\bwish(?:es|ed|ing)?(?=\b|[A-Z])|Wish/g, use: 'desired, desiredDigest' },
  {
    pattern: /\b(?:held|hold|holds|holding|kept|keep|keeps) back\b|(?:held|hold|kept)Back|HeldBack/gi,
    use: 'blocked',
  },
  { pattern: /\bon hold\b|onHold/gi, use: 'blocked' },
  {
    pattern: /\bcarr(?:y|ies|ied|ying) (?:\w+ ){0,3}out\b|carr(?:ies|ied)Out/gi,
    use: 'supported; apply, run',
  },
  { pattern: /sightings?\b|Sightings?/g, use: 'observation, snapshot' },
  {
    pattern: /\bstrays?\b|\bstrays?(?=[A-Z])|Strays?|\bstrangers?\b|strangers?(?=[A-Z])|Strangers?/g,
    use: 'orphan, foreign',
  },
  { pattern: /\bbegun\b|Begun|\bhalf-made\b/g, use: 'interrupted, started' },
  { pattern: /\bleads? (?:to|nowhere)\b|leadsTo/g, use: 'isAncestor; refers to, results in' },
  { pattern: /\bmend(?:s|ed|ing|able)?\b|\bMend(?!oza)|mendable/g, use: 'repair, correct, fix' },
  { pattern: /\banew\b/gi, use: 'again' },
  { pattern: /\blest\b/gi, use: 'so that … not' },
  { pattern: /person(?:'|’)s yes/gi, use: 'approval' },
  { pattern: /\blook(?:s|ed|ing)? at\b|[lL]ookedAt/g, use: 'observe, read, check' },
  { pattern: /\bunseen\b|unseen(?=[A-Z])|Unseen/g, use: 'unreachable, not observed' },
];

/** Marks a line with the name of a member in an earlier format, which is still read. */
const quotesFormerName = /(?:\/\/|#) former name$/;

export interface WordFinding {
  readonly line: number;
  readonly word: string;
  readonly use: string;
}

/** The words in a text that have a better one, in order. */
export function wordFindings(text: string): readonly WordFinding[] {
  return text
    .split('\n')
    .flatMap((content, index) =>
      (quotesFormerName.test(content) ? [] : wordRules).flatMap(({ pattern, use }) =>
        [...content.matchAll(pattern)].map(([word]) => ({ line: index + 1, word, use })),
      ),
    );
}

const checked = /^(?:src|test|scripts|ansible|docs|schemas|example-repo)\/|^[^/]+\.(?:md|json|ts)$/;
const exempt = [
  /^docs\/adr\//,
  /^CHANGELOG\.md$/,
  /^package-lock\.json$/,
  // They name the words: the check, and the key that a former version stored.
  /^src\/adapters\/sqlite\/migrations\.ts$/,
  /^test\/contract\/store\/sqlite\.test\.ts$/,
  /^scripts\/check-words\.ts$/,
  /^test\/scripts\/check-words\.test\.ts$/,
  // Bytes that fuzzing found, and texts of other authors.
  /^test\/fuzz\/(?:corpus|crashes)\//,
  /^test\/golden\/published-schemas\//,
];

export function isChecked(path: string): boolean {
  return checked.test(path) && !exempt.some((pattern) => pattern.test(path));
}

/** The glossary of `docs/architecture.md` names the words; it is the end of that page. */
function withoutGlossary(text: string): string {
  return text.split('\n## Glossary\n')[0] ?? '';
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const paths = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  }).split('\0');
  const lines = paths
    .filter((path) => isChecked(path) && existsSync(join(root, path)))
    .flatMap((path) =>
      wordFindings(withoutGlossary(readFileSync(join(root, path), 'utf8'))).map(
        ({ line, word, use }) => `${path}:${line}: "${word}": use ${use}`,
      ),
    );
  if (lines.length > 0) {
    process.stderr.write(
      `${lines.join('\n')}\n${lines.length} words that have a plainer one (docs/architecture.md, "Glossary")\n`,
    );
    process.exitCode = 1;
  }
}
