--- Messages of Jupyter: frames with a signature, made of and taken apart into headers and contents.
local json, sha256 = require 'jupyter.json', require 'jupyter.sha256'

local M = {}

--- The version of the protocol that is spoken.
M.version = '5.3'

local DELIMITER = '<IDS|MSG>'

local function random_id()
   local f = io.open('/dev/urandom', 'rb')
   local bytes = f and f:read(16) or tostring({}) .. os.time()
   if f then f:close() end
   return sha256.hex(bytes:sub(1, 16))
end

local session, count = random_id(), 0

local function date()
   return os.date('!%Y-%m-%dT%H:%M:%SZ')
end

--- header(msg_type) -> table
function M.header(msg_type)
   count = count + 1
   return {msg_id = ('%s_%d'):format(session, count), username = 'kernel', session = session, date = date(), msg_type = msg_type, version = M.version}
end

local function signature(key, frames)
   return key ~= '' and sha256.hex(sha256.hmac(key, table.concat(frames))) or ''
end

--- pack(key, identities, msg_type, parent, content [, metadata]) -> frames: a signed message. parent: the header, as text or table, of
-- what it answers.
function M.pack(key, identities, msg_type, parent, content, metadata)
   local body = {json.encode(M.header(msg_type)), type(parent) == 'string' and parent or json.encode(parent or {}), json.encode(metadata or {}), json.encode(content)}
   local frames = {}
   for i, id in ipairs(identities) do frames[i] = id end
   frames[#frames + 1] = DELIMITER
   frames[#frames + 1] = signature(key, body)
   for _, frame in ipairs(body) do frames[#frames + 1] = frame end
   return frames
end

--- unpack(key, frames) -> message or nil, why: {identities=, header=, header_text=, content=, metadata=, type=}; nil where it is no
-- message or is signed with another key.
function M.unpack(key, frames)
   local at
   for i, frame in ipairs(frames) do
      if frame == DELIMITER then at = i break end
   end
   if not at or #frames < at + 5 then return nil, 'no message' end
   local body = {frames[at + 2], frames[at + 3], frames[at + 4], frames[at + 5]}
   if signature(key, body) ~= frames[at + 1] then return nil, 'a wrong signature' end
   local ok, header, content, metadata = pcall(function() return json.decode(body[1]), json.decode(body[4]), json.decode(body[3]) end)
   if not ok then return nil, header end
   return {identities = {unpack(frames, 1, at - 1)}, header = header, header_text = body[1], content = content, metadata = metadata, type = header.msg_type}
end

--- What a kernel_info_request is answered.
function M.info()
   return {status = 'ok', protocol_version = M.version, implementation = 'th', implementation_version = '1.0',
      language_info = {name = 'lua', version = '5.1', mimetype = 'text/x-lua', file_extension = '.lua', pygments_lexer = 'lua', codemirror_mode = 'lua',
         nbconvert_exporter = 'script'},
      banner = 'th: tensors in LuaJIT', help_links = json.list(), supported_features = json.list()}
end

return M
