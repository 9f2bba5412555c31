"""`chaperone demo` is the product's own proof: every scene fares as it says."""

import subprocess
import sys

from gateway.settings import config_folder, read_toml


def test_the_demo_ends_well_and_says_what_became_of_each_message():
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "demo"], capture_output=True, text=True, timeout=290, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("deliver", "fix", "encrypt", "quarantine", "reject", "released by a reviewer"):
        assert word in done.stdout
    assert "Traceback" not in done.stderr


def test_the_scenes_cover_every_verdict():
    scenes = read_toml(config_folder() / "demo" / "scenes.toml")["scenes"]
    assert {each["verdict"] for each in scenes} == {"deliver", "fix", "encrypt", "quarantine", "reject"}
    assert len(scenes) >= 8
