--- Pictures in terminals that take them: kitty's protocol, and sixels. Which one a terminal speaks is asked once, of the terminal.
local ffi, bit = require 'ffi', require 'bit'
local terminal = require 'sys.terminal'

pcall(ffi.cdef, 'int tcgetattr(int fd, void *t); int tcsetattr(int fd, int when, const void *t); void cfmakeraw(void *t);')
pcall(ffi.cdef, 'long read(int fd, void *buffer, size_t size); long write(int fd, const void *buffer, size_t size);')
pcall(ffi.cdef, 'struct plot_pollfd { int fd; short events, revents; }; int poll(void *fds, unsigned long n, int timeout);')
local C = ffi.C

local M = {}

-- ---- which protocol ----

local TIMEOUT = 500 -- milliseconds; every terminal answers the second question, also over a slow line

-- kitty's protocol: would this picture of one pixel do? And what every terminal answers: which features are there.
local QUESTIONS = '\27_Gi=4211,s=1,v=1,a=q,t=d,f=24;AAAA\27\\' .. '\27[c'

local function readable(fd, ms)
   local p = ffi.new('struct plot_pollfd[1]')
   p[0].fd, p[0].events = fd, 1
   return C.poll(ffi.cast('void *', p), 1, ms) > 0
end

-- What the terminal answers until it has told its features, or is silent.
local function answers()
   local buffer, text = ffi.new('char[256]'), ''
   while #text < 4096 and readable(0, TIMEOUT) do
      local n = tonumber(C.read(0, buffer, 256))
      if n <= 0 then break end
      text = text .. ffi.string(buffer, n)
      if text:find('\27%[%?[%d;]*c') then break end
   end
   return text
end

-- Without echo and lines while it is asked; termios has less than 128 bytes.
local function ask()
   local before, raw = ffi.new('char[128]'), ffi.new('char[128]')
   if C.tcgetattr(0, before) ~= 0 then return '' end
   ffi.copy(raw, before, 128)
   C.cfmakeraw(raw)
   C.tcsetattr(0, 0, raw)
   C.write(1, QUESTIONS, #QUESTIONS)
   local ok, text = pcall(answers)
   C.tcsetattr(0, 0, before)
   return ok and text or ''
end

--- The protocol in a terminal's answer.
function M.understood(text)
   if text:find('\27_Gi=4211;OK', 1, true) then return 'kitty' end
   local features = text:match('\27%[%?([%d;]*)c')
   return features and (';' .. features .. ';'):find(';4;', 1, true) and 'sixel' or nil
end

local known -- 'kitty', 'sixel', false once asked

--- 'kitty', 'sixel', or nil: what the terminal speaks. Asked once, and only of a terminal on both sides; never where something
-- typed is waiting. PLOT_TERMINAL=kitty, sixel or text in the environment says it without asking.
function M.protocol()
   if known == nil then
      local said = os.getenv('PLOT_TERMINAL')
      if said == 'kitty' or said == 'sixel' then
         known = said
      elseif said and said ~= '' or not (terminal.isatty(0) and terminal.isatty(1)) or (os.getenv('TERM') or 'dumb') == 'dumb' then
         known = false
      elseif readable(0, 0) then
         return nil
      else
         io.flush()
         known = M.understood(ask()) or false
      end
   end
   return known or nil
end

-- ---- kitty ----

local LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

--- A string in base 64.
function M.base64(s)
   local n = #s
   local from, to = ffi.cast('const uint8_t *', s), ffi.new('uint8_t[?]', math.ceil(n / 3) * 4 + 1)
   local letters = ffi.cast('const uint8_t *', LETTERS)
   local k = 0
   for i = 0, n - 1, 3 do
      local b, c = i + 1 < n and from[i + 1] or 0, i + 2 < n and from[i + 2] or 0
      local v = from[i] * 65536 + b * 256 + c
      to[k], to[k + 1] = letters[bit.rshift(v, 18)], letters[bit.band(bit.rshift(v, 12), 63)]
      to[k + 2] = i + 1 < n and letters[bit.band(bit.rshift(v, 6), 63)] or 61
      to[k + 3] = i + 2 < n and letters[bit.band(v, 63)] or 61
      k = k + 4
   end
   return ffi.string(to, k)
end

-- In pieces of at most 4096 letters; a transmission is shown at once, and answers are not wanted.
local function kitty(keys, bytes)
   local text, parts = M.base64(bytes), {}
   for i = 1, math.max(#text, 1), 4096 do
      local more = i + 4096 <= #text and 1 or 0
      parts[#parts + 1] = ('\27_G%sm=%d;%s\27\\'):format(i == 1 and 'a=T,q=2,' .. keys .. ',' or '', more, text:sub(i, i + 4095))
   end
   return table.concat(parts)
end

-- ---- sixels ----

-- Numbers of colours: 6 steps of red and blue, 7 of green: 252 of the 256 that terminals have.
local RED, GREEN, BLUE = 6, 7, 6

local function palette()
   local list = {}
   for r = 0, RED - 1 do
      for g = 0, GREEN - 1 do
         for b = 0, BLUE - 1 do
            list[#list + 1] = ('#%d;2;%d;%d;%d'):format((r * GREEN + g) * BLUE + b, r * 100 / (RED - 1), g * 100 / (GREEN - 1), b * 100 / (BLUE - 1))
         end
      end
   end
   return table.concat(list)
end

local function quantized(rgb)
   local h, w = rgb:size(2), rgb:size(3)
   local bytes, n = torch.data(rgb), h * w
   local index = ffi.new('uint8_t[?]', n)
   for i = 0, n - 1 do
      local r = math.floor(bytes[i] * (RED - 1) / 255 + .5)
      local g = math.floor(bytes[i + n] * (GREEN - 1) / 255 + .5)
      local b = math.floor(bytes[i + 2 * n] * (BLUE - 1) / 255 + .5)
      index[i] = (r * GREEN + g) * BLUE + b
   end
   return index, h, w
end

local function run(out, letter, count)
   if count > 3 then out[#out + 1] = '!' .. count .. letter elseif count > 0 then out[#out + 1] = letter:rep(count) end
end

-- Six rows of a picture: for each colour in it which of the six are of that colour, column by column.
local function stripe(out, index, y, h, w)
   local masks, order = {}, {}
   for row = 0, math.min(6, h - y) - 1 do
      for x = 0, w - 1 do
         local colour = index[(y + row) * w + x]
         if not masks[colour] then
            masks[colour] = ffi.new('uint8_t[?]', w)
            order[#order + 1] = colour
         end
         masks[colour][x] = masks[colour][x] + bit.lshift(1, row)
      end
   end
   for k, colour in ipairs(order) do
      out[#out + 1] = (k > 1 and '$#' or '#') .. colour
      local mask, letter, count = masks[colour], nil, 0
      for x = 0, w - 1 do
         local now = string.char(63 + mask[x])
         if now ~= letter then
            if letter then run(out, letter, count) end
            letter, count = now, 0
         end
         count = count + 1
      end
      if letter ~= '?' then run(out, letter, count) end
   end
   out[#out + 1] = '-'
end

local function sixel(rgb)
   local index, h, w = quantized(rgb)
   local out = {('\27P0;1q"1;1;%d;%d'):format(w, h), palette()}
   for y = 0, h - 1, 6 do stripe(out, index, y, h, w) end
   out[#out + 1] = '\27\\'
   return table.concat(out)
end

-- ---- pictures ----

--- The escape sequences that show a picture of Bytes [3 x height x width].
function M.rgb(protocol, rgb)
   rgb = rgb:contiguous()
   if protocol == 'sixel' then return sixel(rgb) end
   local bytes = rgb:permute(2, 3, 1):contiguous()
   return kitty(('f=24,s=%d,v=%d'):format(rgb:size(3), rgb:size(2)), ffi.string(torch.data(bytes), bytes:nElement()))
end

--- Those that show the contents of a PNG file; nil where the package image is needed for it and is not there.
function M.png(protocol, bytes)
   if protocol == 'kitty' then return kitty('f=100', bytes) end
   local ok, rgb = pcall(function()
      local tensor = torch.ByteTensor(#bytes)
      ffi.copy(torch.data(tensor), bytes, #bytes)
      return require('image').decompress(tensor, 3, 'byte')
   end)
   return ok and sixel(rgb:contiguous()) or nil
end

return M
