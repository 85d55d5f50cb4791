--- JSON, as messages of Jupyter need it: text in UTF-8 in both directions, lists and objects told apart.
--
-- It is here, and not lua-cjson's: empty lists and objects have to stay what they are, text of programs may hold bytes that are
-- no UTF-8, and a kernel should want no library but libzmq.
local M = {}

--- null, which is no field that is missing.
M.null = setmetatable({}, {__tostring = function() return 'null' end})

local list_mark = {}

--- list(t) -> t: a table that is written as a list also where it is empty.
function M.list(t) return setmetatable(t or {}, list_mark) end

-- ---- writing ----

local escapes = {['"'] = '\\"', ['\\'] = '\\\\', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t'}
local function escape(c) return escapes[c] or ('\\u%04x'):format(c:byte()) end

-- How many bytes the character at i has, or nil where there is none.
local function length_at(s, i)
   local a, b, c, d = s:byte(i, i + 3)
   local function follows(v) return v and v >= 0x80 and v < 0xC0 end
   if a < 0x80 then return 1 end
   if a >= 0xC2 and a < 0xE0 then return follows(b) and 2 end
   if a >= 0xE0 and a < 0xF0 then
      if a == 0xE0 and b and b < 0xA0 or a == 0xED and b and b >= 0xA0 then return nil end
      return follows(b) and follows(c) and 3
   end
   if a >= 0xF0 and a < 0xF5 then
      if a == 0xF0 and b and b < 0x90 or a == 0xF4 and b and b >= 0x90 then return nil end
      return follows(b) and follows(c) and follows(d) and 4
   end
end

--- utf8(s) -> s: the text with what is not UTF-8 replaced by the sign for that.
function M.utf8(s)
   if not s:find('[\128-\255]') then return s end
   local parts, i, from = {}, 1, 1
   while i <= #s do
      local n = length_at(s, i)
      if not n then
         parts[#parts + 1] = s:sub(from, i - 1) .. '\239\191\189'
         from = i + 1
      end
      i = i + (n or 1)
   end
   parts[#parts + 1] = s:sub(from)
   return table.concat(parts)
end

local write

local function write_number(v)
   if v ~= v or v == math.huge or v == -math.huge then return 'null' end
   if v % 1 == 0 and v > -1e15 and v < 1e15 then return ('%d'):format(v) end
   return ('%.17g'):format(v)
end

local function write_table(t)
   local parts = {}
   if getmetatable(t) == list_mark or #t > 0 then
      for i, v in ipairs(t) do parts[i] = write(v) end
      return '[' .. table.concat(parts, ',') .. ']'
   end
   local keys = {}
   for k in pairs(t) do keys[#keys + 1] = tostring(k) end
   table.sort(keys)
   for i, k in ipairs(keys) do parts[i] = write(k) .. ':' .. write(t[k]) end
   return '{' .. table.concat(parts, ',') .. '}'
end

function write(v)
   if v == M.null or v == nil then return 'null' end
   local kind = type(v)
   if kind == 'string' then return '"' .. M.utf8(v):gsub('[%c"\\\127]', escape) .. '"' end
   if kind == 'number' then return write_number(v) end
   if kind == 'boolean' then return tostring(v) end
   if kind == 'table' then return write_table(v) end
   error('JSON has no ' .. kind, 0)
end

--- encode(v) -> text: a value of tables, strings, numbers and booleans as JSON. A table with a first element is a list, others are
-- objects, whose keys are sorted.
M.encode = write

-- ---- reading ----

local read

local function fail(s, i, what) error(('JSON: %s expected at byte %d, got %q'):format(what, i, s:sub(i, i + 9)), 0) end
local function skip(s, i) return s:find('[^ \t\r\n]', i) or #s + 1 end

local function utf8(code)
   if code < 0x80 then return string.char(code) end
   if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
   if code < 0x10000 then return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64) end
   return string.char(0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64, 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

local plain = {b = '\b', f = '\f', n = '\n', r = '\r', t = '\t', ['"'] = '"', ['\\'] = '\\', ['/'] = '/'}

-- \uXXXX, or two of them for what is beyond; and what comes after.
local function read_code(s, i)
   local hex = s:match('^%x%x%x%x', i) or fail(s, i, 'four hexadecimal digits')
   local code = tonumber(hex, 16)
   local low = code >= 0xD800 and code < 0xDC00 and s:match('^\\u([dD][c-fC-F]%x%x)', i + 4)
   if low then return utf8(0x10000 + (code - 0xD800) * 1024 + tonumber(low, 16) - 0xDC00), i + 10 end
   if code >= 0xD800 and code < 0xE000 then return '\239\191\189', i + 4 end
   return utf8(code), i + 4
end

local function read_string(s, i)
   local parts = {}
   while true do
      local stop = s:find('["\\%c]', i) or fail(s, #s + 1, '"')
      parts[#parts + 1] = s:sub(i, stop - 1)
      local c = s:sub(stop, stop)
      if c == '"' then return table.concat(parts), stop + 1 end
      if c ~= '\\' then
         if c ~= '\127' then fail(s, stop, 'escaped control character') end
         parts[#parts + 1], i = c, stop + 1
      elseif s:sub(stop + 1, stop + 1) == 'u' then
         parts[#parts + 1], i = read_code(s, stop + 2)
      else
         parts[#parts + 1] = plain[s:sub(stop + 1, stop + 1)] or fail(s, stop, 'escape')
         i = stop + 2
      end
   end
end

local function read_list(s, i, depth)
   local t = M.list()
   i = skip(s, i)
   if s:sub(i, i) == ']' then return t, i + 1 end
   while true do
      t[#t + 1], i = read(s, i, depth)
      i = skip(s, i)
      local c = s:sub(i, i)
      if c == ']' then return t, i + 1 end
      if c ~= ',' then fail(s, i, ', or ]') end
      i = i + 1
   end
end

local function read_object(s, i, depth)
   local t = {}
   i = skip(s, i)
   if s:sub(i, i) == '}' then return t, i + 1 end
   while true do
      i = skip(s, i)
      if s:sub(i, i) ~= '"' then fail(s, i, 'name') end
      local key
      key, i = read_string(s, i + 1)
      i = skip(s, i)
      if s:sub(i, i) ~= ':' then fail(s, i, ':') end
      t[key], i = read(s, i + 1, depth)
      i = skip(s, i)
      local c = s:sub(i, i)
      if c == '}' then return t, i + 1 end
      if c ~= ',' then fail(s, i, ', or }') end
      i = i + 1
   end
end

local words = {['true'] = true, ['false'] = false, null = M.null}

function read(s, i, depth)
   if depth > 200 then error('JSON: more than 200 levels', 0) end
   i = skip(s, i)
   local c = s:sub(i, i)
   if c == '"' then return read_string(s, i + 1) end
   if c == '{' then return read_object(s, i + 1, depth + 1) end
   if c == '[' then return read_list(s, i + 1, depth + 1) end
   local number = s:match('^-?%d+%.?%d*[eE]?[+-]?%d*', i)
   if number and tonumber(number) then return tonumber(number), i + #number end
   local word = s:match('^%a+', i)
   if words[word] == nil then fail(s, i, 'value') end
   return words[word], i + #word
end

--- decode(text) -> value: what JSON describes; lists keep a mark, null is json.null. Raises where the text is none.
function M.decode(s)
   local v, i = read(s, 1, 0)
   if skip(s, i) <= #s then fail(s, i, 'end') end
   return v
end

return M
