import type { Command } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';

export interface ApproveFlags extends RepositoryFlags {
  readonly observed: string;
  readonly by?: string;
  readonly dryRun: boolean;
  readonly format: Format;
}

export function registerApprove(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('approve'))
    .description(
      'Say yes to the actions of a plan that wait for it, by a commit on the status branch. Void once the commit or the fleet moves.',
    )
    .argument('<digest>', 'digest of the plan, or at least its first 12 digits')
    .option('--observed <source>', 'what the plan was made of: `status`, `live` or a file', 'status')
    .option('--by <person>', 'who approves (default: user.name and user.email of Git)')
    .option('--dry-run', 'show what would be approved, and approve nothing', false)
    .addOption(formatOption())
    .action(async (digest: string, flags: ApproveFlags) => {
      const { approve } = await import('./approve-action.ts');
      await approve(context, digest, flags, globalOptions(command));
    });
  addExamples(command, 'pressluft approve 3f9c2a71b0de --repo https://git.example.org/fleet.git');
}
