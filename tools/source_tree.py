"""The files the lints look at: what git tracks, or, outside a clone, what lies in the folders."""
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {".git", "build", "node_modules", "__pycache__"}


def tracked_files(root=ROOT):
    """Returns relative posix paths, sorted, of files that exist."""
    git = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False)
    if git.returncode == 0 and git.stdout:
        names = git.stdout.decode().split("\0")
        return sorted(n for n in names if n and (Path(root) / n).is_file())
    return sorted(_walk(Path(root)))


def _walk(root):
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [s for s in subfolders if s not in NOT_OURS]
        for name in names:
            yield (Path(folder) / name).relative_to(root).as_posix()


def cpp_files(root=ROOT):
    return [f for f in tracked_files(root) if f.endswith((".cc", ".h"))]
