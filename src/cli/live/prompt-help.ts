/** What may be typed besides text. */
export const PROMPT_HELP = `a line                    a text message; // begins one that begins with /
/ping [text]  /pong [text]
/close [code] [reason]    begins the closing handshake
/binary <hex>             a binary message
/fragment <n> <text>      a text message in fragments of at most n bytes
/raw <hex>                bytes as they are, frames or not
/invalid [options] [text] a frame as encode builds it: /invalid --rsv2 hello
/help                     this
`;
