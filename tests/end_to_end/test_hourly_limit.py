"""Somebody who sends too much: the administrators hear of it, once."""

from tests.end_to_end.conftest import TUTOR

LIMIT = '[smtp]\nlisten = ["127.0.0.1:0"]\nmax_messages_per_hour = 1\n'


async def test_administrators_are_told_once_who_sends_too_much(start):
    told = '[notices]\nadministrators = ["it@larkfield-tutors.example"]\n'
    async with start(LIMIT + told) as line:
        codes = [(await line.send(b"Subject: Lesson\r\n\r\nSee you at four.\r\n"))[0] for _ in range(4)]
        assert codes == [250, 450, 450, 450]
        await line.relay.wait_for(2, 60)
        notices = [each for each in line.relay.arrived if not each.mail_from]
        assert [each.recipients for each in notices] == [("it@larkfield-tutors.example",)]
        head, _, body = notices[0].raw.partition(b"\r\n\r\n")
        assert TUTOR.encode() in body
        assert b"tom" not in head.lower()


async def test_it_is_told_once_over_restarts_too(start):
    async with start(LIMIT) as line:
        for _ in range(2):
            await line.send(b"Subject: Lesson\r\n\r\nSee you at four.\r\n")
        await line.relay.wait_for(2, 60)
    async with start(LIMIT) as line:
        for _ in range(2):
            await line.send(b"Subject: Lesson\r\n\r\nSee you at five.\r\n")
        await line.relay.quiet(0.5)
        assert [each.mail_from for each in line.relay.arrived] == [TUTOR]
