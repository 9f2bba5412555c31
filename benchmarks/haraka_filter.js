'use strict'
// What Haraka looks at here: the subject, and of every attachment its kind, its name and its first bytes.
// It decodes them all, as our gateway does.

exports.register = function () {
    this.register_hook('lookup_rdns', 'ask_nobody')
    this.register_hook('rcpt', 'any_recipient')
    this.register_hook('data', 'open_attachments')
    this.register_hook('data_post', 'judge')
}

exports.ask_nobody = (next) => next(OK, 'localhost')

exports.any_recipient = (next) => next(OK)

exports.open_attachments = (next, connection) => {
    const { transaction } = connection
    transaction.parse_body = true
    transaction.notes.attachments = []
    transaction.attachment_hooks((kind, name, _body, stream) => {
        const attachment = { kind, name, head: null }
        transaction.notes.attachments.push(attachment)
        stream.on('data', (bytes) => {
            attachment.head ??= bytes.subarray(0, 8)
        })
        stream.on('end', () => {})
    })
    next()
}

exports.judge = (next, connection) => {
    const { header, notes } = connection.transaction
    if (/forbidden/i.test(header.get_decoded('Subject'))) return next(DENY, 'subject')
    for (const { kind, name, head } of notes.attachments) {
        if (/x-msdownload/i.test(kind || '')) return next(DENY, 'kind')
        if (/\.(exe|js|scr)$/i.test(name || '')) return next(DENY, 'name')
        if (head?.[0] === 0x4d && head[1] === 0x5a) return next(DENY, 'contents')
    }
    next()
}
