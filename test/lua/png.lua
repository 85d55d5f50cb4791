--- PNG files written by the rules of the format alone, without compression: a second opinion for tests of image.
--   png.write{width=, height=, bits=, colour=, interlaced=, palette=, trns=, sample=function(x, y, c)} -> string
-- colour: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha. x and y count from 0, c from 1.
local bit = require 'bit'
local M = {}

local function big(v, n)
   local bytes = {}
   for i = n, 1, -1 do
      bytes[i] = string.char(v % 256)
      v = math.floor(v / 256)
   end
   return table.concat(bytes)
end
M.big = big

local crc_table = {}
for i = 0, 255 do
   local c = i
   for _ = 1, 8 do c = bit.band(c, 1) == 1 and bit.bxor(bit.rshift(c, 1), 0xedb88320) or bit.rshift(c, 1) end
   crc_table[i] = c
end
local function crc(s)
   local c = -1
   for i = 1, #s do c = bit.bxor(crc_table[bit.band(bit.bxor(c, s:byte(i)), 255)], bit.rshift(c, 8)) end
   return bit.bnot(c) % 2 ^ 32
end

function M.chunk(name, data) return big(#data, 4) .. name .. data .. big(crc(name .. data), 4) end

--- A zlib stream of stored blocks.
function M.stored(s)
   local a, b, blocks = 1, 0, {'\120\1'}
   for i = 1, #s do
      a = (a + s:byte(i)) % 65521
      b = (b + a) % 65521
   end
   for at = 1, math.max(#s, 1), 65535 do
      local part = s:sub(at, at + 65534)
      local last = at + 65535 > #s and 1 or 0
      local n = #part
      blocks[#blocks + 1] = string.char(last, n % 256, math.floor(n / 256), 255 - n % 256, 255 - math.floor(n / 256)) .. part
   end
   blocks[#blocks + 1] = big(b, 2) .. big(a, 2)
   return table.concat(blocks)
end

local channels = {[0] = 1, [2] = 3, [3] = 1, [4] = 2, [6] = 4}

-- Samples of columns x0, x0 + dx ... of a row, packed, after the filter's byte.
local function pack_row(p, y, x0, dx)
   local bits = {}
   for x = x0, p.width - 1, dx do
      for c = 1, channels[p.colour] do
         local v = p.sample(x, y, c)
         for k = p.bits - 1, 0, -1 do bits[#bits + 1] = math.floor(v / 2 ^ k) % 2 end
      end
   end
   local bytes = {'\0'}
   for i = 1, #bits, 8 do
      local v = 0
      for k = 0, 7 do v = 2 * v + (bits[i + k] or 0) end
      bytes[#bytes + 1] = string.char(v)
   end
   return table.concat(bytes)
end

-- Adam7: first column, first row, steps.
local passes = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}

function M.write(p)
   local rows = {}
   for _, pass in ipairs(p.interlaced and passes or {{0, 0, 1, 1}}) do
      if pass[1] < p.width then
         for y = pass[2], p.height - 1, pass[4] do rows[#rows + 1] = pack_row(p, y, pass[1], pass[3]) end
      end
   end
   local header = big(p.width, 4) .. big(p.height, 4) .. string.char(p.bits, p.colour, 0, 0, p.interlaced and 1 or 0)
   return '\137PNG\r\n\26\n' .. M.chunk('IHDR', header) .. (p.palette and M.chunk('PLTE', p.palette) or '')
      .. (p.trns and M.chunk('tRNS', p.trns) or '') .. M.chunk('IDAT', M.stored(table.concat(rows))) .. M.chunk('IEND', '')
end

return M
