import { installCommand, type System } from "./system.ts";

/** The packages that bring an engine to Debian and Ubuntu. */
export const enginePackages = ["docker.io", "iptables"];

/** The exact commands that bring a running Docker Engine to a system. */
export function engineAdvice(system: System): string {
  const group = "sudo usermod -aG docker $USER    # then log out and in again";
  switch (system.family) {
    case "debian": {
      const sudo = system.isRoot ? "" : "sudo ";
      const lines = [installCommand(system, enginePackages), `${sudo}systemctl start docker`];
      return commands([...lines, ...(system.isRoot ? [] : [group])]);
    }
    case "fedora":
      return commands([
        "sudo dnf install -y moby-engine",
        "sudo systemctl enable --now docker",
        group,
      ]);
    case "arch":
      return commands([
        "sudo pacman -S --needed docker",
        "sudo systemctl enable --now docker",
        group,
      ]);
    case "alpine":
      return commands(["sudo apk add docker", "sudo rc-service docker start", group]);
    case "suse":
      return commands([
        "sudo zypper install -y docker",
        "sudo systemctl enable --now docker",
        group,
      ]);
    case "macos":
      return commands([
        "brew install colima docker",
        "colima start    # or start Docker Desktop, OrbStack or Rancher Desktop",
      ]);
    case "windows":
      return commands(["winget install Docker.DockerDesktop    # then start Docker Desktop"]);
    case "other":
      return "Install and start a Docker Engine, or let DOCKER_HOST name one.";
  }
}

/** What to do about a socket that is there but not for this user. */
export function permissionAdvice(path: string): string {
  return commands([
    "sudo usermod -aG docker $USER    # then log out and in again",
    `ls -l ${path}    # shows the group that may use it`,
  ]);
}

function commands(lines: readonly (string | null)[]): string {
  return ["Run:", ...lines.filter((line) => line !== null).map((line) => `  ${line}`)].join("\n");
}
