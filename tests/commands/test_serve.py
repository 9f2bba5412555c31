"""`chaperone serve` as systemd and an administrator see it: a process with signals."""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager

from gateway.commands.demo_relay import ReceivingRelay
from gateway.quantities import HostPort
from tests.end_to_end.conftest import MOTHER, TUTOR, configuration, submit

NAMED = b"From: t@larkfield-tutors.example\r\nSubject: Zo\xc3\xab Marsh\r\n\r\nText\r\n"

PATIENCE = 200  # seconds for whatever the process does next, on a busy machine


class Service:
    def __init__(self, process):
        self.process = process
        self.port = 0
        self.said = []

    async def event(self, name):
        """Read the log until that event."""
        while line := await asyncio.wait_for(self.process.stderr.readline(), PATIENCE):
            if not line.startswith(b"{"):  # a sentence for whoever sits at the terminal
                self.said.append(line.decode())
                continue
            event = json.loads(line)
            if event["event"] == name:
                return event
        raise AssertionError(f"ended without {name}")

    async def send(self, raw):
        return await asyncio.to_thread(submit, HostPort(f"127.0.0.1:{self.port}"), raw, (MOTHER,), TUTOR)

    async def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


@asynccontextmanager
async def serving(file, **environment):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "serve", "--config", str(file),
        stderr=asyncio.subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip
    service = Service(process)
    try:
        service.port = (await service.event("serving"))["port"]
        yield service
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def reply_of(reader):
    """The last line of one reply."""
    while True:
        line = await asyncio.wait_for(reader.readline(), PATIENCE)
        if line[3:4] != b"-":
            return line


async def test_sighup_takes_the_changed_policy_and_keeps_the_old_one_when_it_is_wrong(tmp_path):
    async with ReceivingRelay() as relay:
        file = configuration(tmp_path, relay.address)
        async with serving(file) as service:
            assert (await service.send(NAMED))[0] == 550
            file.write_text(file.read_text() + '\n[policy.rules.subject_name]\nstage = "observe"\n')
            service.process.send_signal(signal.SIGHUP)
            await service.event("reloaded")
            assert (await service.send(NAMED))[0] == 250
            file.write_text(file.read_text().replace('"observe"', '"obsreve"'))
            service.process.send_signal(signal.SIGHUP)
            await service.event("trouble")
            assert (await service.send(NAMED))[0] == 250
            await service.event("message")
            assert [
                each for each in service.said if "policy.rules.subject_name.stage: found 'obsreve'" in each
            ]
            assert await service.stop() == 0


async def test_systemd_is_told_ready_alive_and_stopping(tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
        inbox.bind(path)
        inbox.settimeout(PATIENCE)
        async with ReceivingRelay() as relay:
            file = configuration(tmp_path, relay.address)
            async with serving(file, NOTIFY_SOCKET=path, WATCHDOG_USEC="400000") as service:
                told = set()
                while told != {b"READY=1", b"WATCHDOG=1"}:  # in any order, and more than one of the second
                    told.add(await asyncio.to_thread(inbox.recv, 64))
                service.process.send_signal(signal.SIGTERM)
                while (last := await asyncio.to_thread(inbox.recv, 64)) == b"WATCHDOG=1":
                    pass
                assert last == b"STOPPING=1"
                # Nobody listens any more, and that keeps it from nothing.
                assert await asyncio.wait_for(service.process.wait(), PATIENCE) == 0


async def test_a_message_in_flight_is_finished_before_the_process_ends(tmp_path):
    async with ReceivingRelay() as relay:
        file = configuration(tmp_path, relay.address)
        async with serving(file) as service:
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            await reply_of(reader)
            for line in (
                b"EHLO x",
                b"MAIL FROM:<%s>" % TUTOR.encode(),
                b"RCPT TO:<%s>" % MOTHER.encode(),
                b"DATA",
            ):
                writer.write(line + b"\r\n")
                assert (await reply_of(reader))[:1] in b"23"
            writer.write(b"Subject: late\r\n\r\nfirst half\r\n")
            await writer.drain()
            service.process.send_signal(signal.SIGTERM)
            await service.event("stopping")
            writer.write(b"second half\r\n.\r\n")
            reply = await reply_of(reader)
            assert reply[:3] == b"250"
            assert len(relay.arrived) == 1
            writer.close()
            assert await asyncio.wait_for(service.process.wait(), PATIENCE) == 0


async def test_a_broken_configuration_serves_nothing_and_ends_with_2(tmp_path):
    file = configuration(tmp_path, "127.0.0.1:1")
    file.write_text(file.read_text() + "\n[smpt]\nx = 1\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "serve", "--config", str(file), stderr=asyncio.subprocess.PIPE
    )
    _, error = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 2
    assert error.decode().strip().startswith(f"chaperone: {file}: smpt: found an unknown key")


async def ended(*arguments, **environment):
    """What a process says that ends by itself, and its exit status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stderr=asyncio.subprocess.PIPE, env={**os.environ, **environment}
    )
    _, error = await asyncio.wait_for(process.communicate(), PATIENCE)
    return process.returncode, error.decode()


async def test_an_address_that_is_taken_is_one_sentence_and_nothing_is_sent(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = configuration(tmp_path, "127.0.0.1:1")
        file.write_text(
            file.read_text().replace('listen = ["127.0.0.1:0"]', f'listen = ["127.0.0.1:{port}"]')
        )
        status, error = await ended("-m", "gateway", "serve", "--config", str(file))
    assert status == 2
    last = error.splitlines()[-1]
    assert last.startswith(f"chaperone: {file}: smtp.listen: found 127.0.0.1:{port} (Address already")
    assert "Traceback" not in error


async def test_a_worker_whose_loop_hangs_is_ended_by_its_alarm():
    hang = """
import asyncio, time
from gateway.commands.systemd import stay_alive
async def main():
    alive = asyncio.create_task(stay_alive())
    await asyncio.sleep(0)
    time.sleep(600)
asyncio.run(main())
"""
    status, _ = await ended("-c", hang, WATCHDOG_PID=str(os.getpid()), WATCHDOG_USEC="300000")
    assert status == -signal.SIGALRM


async def test_a_worker_whose_loop_turns_goes_on():
    turn = """
import asyncio, signal
from gateway.commands.systemd import stay_alive
async def main():
    alive = asyncio.create_task(stay_alive())
    await asyncio.sleep(0)
    assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    alive.cancel()
    await asyncio.wait([alive])
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
asyncio.run(main())
"""
    assert await ended("-c", turn, WATCHDOG_PID=str(os.getpid()), WATCHDOG_USEC="600000000") == (0, "")
