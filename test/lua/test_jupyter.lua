--- jupyter: JSON, signatures, cells, and, where python3 has jupyter_client, the kernel in the hands of a front end (test/repl/jupyter.py).
-- labels: slow
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'paths'
local eq, ok, match = check.eq, check.ok, check.match

do -- nothing of it is loaded before it is asked for
   for name in pairs(package.loaded) do ok(not name:find('^jupyter') and not name:find('^plot'), name .. ' is not loaded by th') end
end

local json, sha256, cell = require 'jupyter.json', require 'jupyter.sha256', require 'jupyter.cell'

do -- JSON
   local function round(text) return json.encode(json.decode(text)) end
   eq(round '{"b":[],"a":{},"c":[1,-2.5,1e3,true,false,null,"x"]}', '{"a":{},"b":[],"c":[1,-2.5,1000,true,false,null,"x"]}', 'lists, objects, words')
   eq(json.decode '"\\u00e4\\u20ac\\ud83d\\ude00\\n\\/"', 'ä€😀\n/', 'escapes')
   eq(json.decode '"\\ud83d"', '\239\191\189', 'half a pair')
   eq(json.encode 'a"\\\n\1ä\200b\237\160\128', '"a\\"\\\\\\n\\u0001ä\239\191\189b\239\191\189\239\191\189\239\191\189"', 'text, and what is none')
   eq(json.encode{0 / 0, 1 / 0, 2 ^ 53, .1}, '[null,null,9007199254740992,0.10000000000000001]', 'numbers')
   eq(json.encode(json.list()), '[]', 'an empty list')
   for _, text in ipairs{'', '{', '[1,]', '{"a"}', '"a', '"\\x"', 'nul', '1 2', '{1:2}', '"\n"', ('['):rep(1000)} do
      check.error(function() json.decode(text) end, 'JSON', 'refuses ' .. text:sub(1, 9))
   end
end

do -- SHA-256 (FIPS 180-4's examples) and HMAC (RFC 4231)
   local function hash(s) return sha256.hex(sha256.digest(s)) end
   eq(hash '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'nothing')
   eq(hash 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'abc')
   eq(hash 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1', 'two blocks')
   eq(hash(('a'):rep(1000000)), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0', 'a million')
   local function hmac(key, s) return sha256.hex(sha256.hmac(key, s)) end
   eq(hmac(('\11'):rep(20), 'Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7', 'RFC 4231, 1')
   eq(hmac('Jefe', 'what do ya want for nothing?'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'RFC 4231, 2')
   eq(hmac(('\170'):rep(20), ('\221'):rep(50)), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe', 'RFC 4231, 3')
   local key = {}
   for i = 1, 25 do key[i] = string.char(i) end
   eq(hmac(table.concat(key), ('\205'):rep(50)), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b', 'RFC 4231, 4')
   eq(hmac(('\12'):rep(20), 'Test With Truncation'):sub(1, 32), 'a3b6167473100ee06e0c796c2955552b', 'RFC 4231, 5')
   eq(hmac(('\170'):rep(131), 'Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54', 'RFC 4231, 6')
   eq(hmac(('\170'):rep(131), 'This is a test using a larger than block-size key and a larger than block-size data. '
      .. 'The key needs to be hashed before being used by the HMAC algorithm.'),
      '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2', 'RFC 4231, 7')
end

do -- cells
   local function kind(code) return (cell.compile(code)) end
   eq({kind '1', kind 'x = 1', kind 'x = 1\nx', kind 'x = 1\n- 2', kind 'do', kind 'x = = 1', kind 'x = 1\nx;', kind 'f{\n1}', kind 'x = 1\nf(x)'},
      {'values', 'chunk', 'values', 'chunk', 'incomplete', 'error', 'chunk', 'values', 'values'}, 'kinds')
   local list, from, to = cell.complete('print(string.re', 15)
   eq({list, from, to}, {{'rep', 'reverse'}, 13, 15}, 'completion')
   eq({cell.name_at('torch.add(1)', 7), cell.name_at('torch.add(1, ', 13), cell.name_at(' ', 1)}, {'torch.add', 'torch.add'}, 'names')
end

-- ---- a front end ----

local function drive()
   local python = os.getenv('JUPYTER_PYTHON') or 'python3'
   if not pcall(require('jupyter.zmq').load) then return print('skipped: the kernel: libzmq is not installed (package libzmq5)') end
   if not check.succeeds(("'%s' -c 'import jupyter_client' >/dev/null 2>&1"):format(python)) then
      return print('skipped: the kernel: ' .. python .. ' has no jupyter_client (JUPYTER_PYTHON names another python3)')
   end
   local folder = paths.tmpname()
   os.remove(folder)
   paths.mkdir(folder)
   local pipe = io.popen(("'%s' '%s../repl/jupyter.py' '%s' '%s' 2>&1"):format(python, here, arg[-1], folder))
   local text = pipe:read('*a')
   pipe:close()
   os.execute("rm -r '" .. folder .. "'")
   ok(text:find('\n?%d+ passed, 0 failed\n$'), 'the kernel')
   if not text:find(', 0 failed\n$') then print(text) end
   for line in text:gmatch('skipped[^\n]*') do print(line) end
   match(text, '%d+ passed', 'the front end ran to its end')
end
drive()
check.finish()
