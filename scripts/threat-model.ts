import type { Attack } from "../test/docker/attacks/attack.ts";
import { ATTACKS } from "../test/docker/attacks/table.ts";

const TRUST = `# Threat model of the sandbox

The code of a change is hostile: it was written to get out of its box, to be unseen, to reach the network, to steal, to forge its results, or to wear the machine out. The tree, its dependencies, everything that is printed and everything that a program in the box says are hostile too. Trusted are the host's kernel, the container engine, the keeper and the images that were made or pinned.

The box has no way out, no privileges, nothing of the host, and limits on everything; it proves so by a self-test at the start of each run. What it does is seen by the kernel's tracer in the box and by the keeper outside of it. A run that was not seen whole is never a pass.

## Attacks that are tried

\`test/docker/attacks\` runs each of these for real against the engine of the machine, and checks that it was tried, that it failed, that what can be seen of it stands in the record, that the host is as before, and that nothing is left behind.`;

const REMAINS = `## What remains possible

- **The kernel is shared.** A flaw of the host's kernel, or of the engine, that a process without privileges can reach through the allowed system calls breaks the wall. Only a runtime with a kernel of its own (gVisor, a microVM) is another wall.
- **The processor is shared.** Side channels between boxes, and with the host, are open; so is the load that a box may make within its limits.
- **Ordinary reads are not seen.** The light trace follows programs, connections and changed names, not which files are opened. There is nothing of the host to read, but which of its own files a program reads stays unknown.
- **Refused writes outside of the workspace** fail and are not told.
- **A datagram's content and the data hidden in the timing or order of refused attempts** are not kept. No answer comes back either way.
- **The language probe can be forged and switched off** by the program that it watches. It adds lines to what the kernel saw, and never a behaviour. A program that forges its reports hides that it went past it.
- **Test results are the program's own words.** A program can print results that never were; the exit code is the kernel's, and a difference between base and head still shows.
- **A program can tell that it is in a box** (no network, a tracer, the user's number) and behave. What it hides then, it hides from the run, not from the static checks.
- **Signals to the observer** can end or stop it: that ends the run as \`tampered\` or in its time limit, which is a denial of service against one's own change.
- **Who controls the engine controls all.** An engine on another machine is trusted like this one.`;

/** The page on what the sandbox holds against, with one row for each attack of the suite. */
export function threatModel(note: string): string {
  const families = Map.groupBy(ATTACKS, ({ family }) => family);
  const tables = [...families].map(
    ([family, attacks]) =>
      `### ${capital(family)}\n\n| attack | written in | stopped by | in the record |\n| --- | --- | --- | --- |\n${attacks.map(row).join("\n")}`,
  );
  return [note, TRUST, `There are ${ATTACKS.length}.`, ...tables, `${REMAINS}\n`].join("\n\n");
}

function row({ name, language, stoppedBy, seen, alone }: Attack): string {
  const told = [
    ...(seen === undefined ? [] : [visible(seen)]),
    ...(alone ? [`the run ends: ${alone.ends.join(" or ")}`] : []),
  ];
  return `| ${name} | ${language} | ${stoppedBy} | ${told.join("; ") || "the program that tried"} |`;
}

function visible(seen: string): string {
  const [kind, ...rest] = seen.split(" ");
  return `${kind} \`${JSON.stringify(rest.join(" "))
    .slice(1, -1)
    .replaceAll("\u202e", String.raw`\u202e`)}\``;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
