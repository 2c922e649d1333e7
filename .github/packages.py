#!/usr/bin/env python3
"""Makes the Homebrew formula and the npm package of a release: packages.py VERSION REPOSITORY-URL FOLDER.

Tested with a made-up release and Node.js; the formula has not been read by Homebrew, and nothing was ever published.

The folder holds the release's archives and their SHA256SUMS; `git-orca.rb` and `git-orca-VERSION.tgz` are added to it.
"""

import io
import json
import pathlib
import sys
import tarfile

TARGETS = {
    ("darwin", "arm64"): "aarch64-apple-darwin",
    ("darwin", "x64"): "x86_64-apple-darwin",
    ("linux", "arm64"): "aarch64-unknown-linux-musl",
    ("linux", "x64"): "x86_64-unknown-linux-musl",
}


def archives(version, url, folder):
    """Address and checksum of each target's archive."""
    sums = {}
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        sums[name.lstrip("*")] = digest
    found = {}
    for target in TARGETS.values():
        name = f"git-orca-{version}-{target}.tar.gz"
        found[target] = (f"{url}/releases/download/v{version}/{name}", sums[name])
    return found


def formula(version, url, found):
    def block(system, cpu, key):
        address, digest = found[TARGETS[key]]
        return f'  on_{system} do\n    on_{cpu} do\n      url "{address}"\n      sha256 "{digest}"\n    end\n  end\n'

    blocks = (
        block("macos", "arm", ("darwin", "arm64"))
        + block("macos", "intel", ("darwin", "x64"))
        + block("linux", "arm", ("linux", "arm64"))
        + block("linux", "intel", ("linux", "x64"))
    )
    return f"""class GitOrca < Formula
  desc "Runs an implementation plan with coding agents in git worktrees"
  homepage "{url}"
  version "{version}"
  license "MIT"

{blocks}
  def install
    bin.install "git-orca"
    system bin/"git-orca", "man", man1
    generate_completions_from_executable(bin/"git-orca", "completions")
  end

  test do
    system bin/"git-orca", "demo"
  end
end
"""


def npm_package(version, url, found):
    """The files of the npm package: it fetches the archive of its version, and installs it only if the checksum fits."""
    here = pathlib.Path(__file__).parent / "npm"
    archives_by_platform = {
        f"{system}-{cpu}": {"url": found[target][0], "sha256": found[target][1]}
        for (system, cpu), target in TARGETS.items()
    }
    manifest = {
        "name": "git-orca",
        "version": version,
        "description": "Runs an implementation plan with coding agents in git worktrees",
        "license": "MIT",
        "repository": url,
        "bin": {"git-orca": "git-orca.js"},
        "scripts": {"postinstall": "node install.js"},
        "engines": {"node": ">=18"},
        "os": ["darwin", "linux"],
        "cpu": ["arm64", "x64"],
        "files": ["git-orca.js", "install.js", "archives.json"],
    }
    return {
        "package.json": json.dumps(manifest, indent=2) + "\n",
        "archives.json": json.dumps(archives_by_platform, indent=2) + "\n",
        "install.js": (here / "install.js").read_text(),
        "git-orca.js": (here / "git-orca.js").read_text(),
    }


def main():
    version, url, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    found = archives(version, url, folder)
    (folder / "git-orca.rb").write_text(formula(version, url, found))
    with tarfile.open(folder / f"git-orca-{version}.tgz", "w:gz") as package:
        for name, text in npm_package(version, url, found).items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode = len(text.encode()), 0o755 if name == "git-orca.js" else 0o644
            package.addfile(entry, io.BytesIO(text.encode()))


if __name__ == "__main__":
    main()
