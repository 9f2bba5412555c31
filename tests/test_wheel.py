"""An installed wheel works outside the checkout: it brings its own configuration."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel's contents in a folder of their own, as pip would lay them."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("chaperone_gateway-*.whl")
    site = folder / "site"
    zipfile.ZipFile(wheel).extractall(site)
    return site


def run(site, *arguments):
    return subprocess.run(
        [sys.executable, "-P", "-m", "gateway", *arguments],
        cwd=site.parent, env={"PYTHONPATH": str(site), "PATH": ""}, capture_output=True, text=True, timeout=290, check=False,
    )  # fmt: skip


def test_the_wheel_holds_the_configuration(installed):
    for name in ("chaperone.toml", "policies/home-tutoring.toml", "demo/scenes.toml"):
        assert (installed / "gateway" / "_config" / name).is_file()
    assert any((installed / "gateway" / "_config" / "templates").iterdir())
    assert any((installed / "gateway" / "store" / "migrations").rglob("*.py"))


def test_the_demo_runs_from_the_wheel_alone(installed):
    done = run(installed, "demo")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_check_without_a_configuration_uses_the_products_own(installed):
    mail = installed.parent / "mail.eml"
    mail.write_text("From: t@brightpath-tutors.example\nSubject: Hello\n\nText\n")
    done = run(installed, "check", "--from", "t@brightpath-tutors.example", "--to", "x@y.example", str(mail))
    assert done.returncode == 0, done.stderr
    assert "deliver" in done.stdout
    assert not (installed / "gateway" / "_config" / "var").exists()
