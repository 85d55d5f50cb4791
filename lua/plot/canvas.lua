--- A field of characters to draw on: dots in Braille characters, two wide and four high in each; blocks; texts.
--
-- Dots are counted from 0 at the top left. Each character has one colour, that of what was drawn last.
local colours = require 'plot.colours'
local bit = require 'bit'

local Canvas = {}
Canvas.__index = Canvas

-- Bits of the dots by column and row.
local DOTS = {[0] = {[0] = 0x01, 0x02, 0x04, 0x40}, {[0] = 0x08, 0x10, 0x20, 0x80}}

local function utf8(code)
   if code < 0x80 then return string.char(code) end
   if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
   return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

--- A canvas of rows x columns characters. ascii: without Braille and blocks.
local function new(columns, rows, ascii)
   return setmetatable({columns = columns, rows = rows, width = columns * 2, height = rows * 4, ascii = ascii, dots = {}, text = {},
      colour = {}, back = {}}, Canvas)
end

--- Sets the dot (x, y). glyph: the character that stands for dots instead.
function Canvas:dot(x, y, colour, glyph)
   x, y = math.floor(x), math.floor(y)
   if x < 0 or y < 0 or x >= self.width or y >= self.height then return end
   local at = math.floor(y / 4) * self.columns + math.floor(x / 2)
   if glyph then
      self.text[at] = glyph
   else
      self.dots[at] = bit.bor(self.dots[at] or 0, DOTS[x % 2][y % 4])
   end
   self.colour[at] = colour
end

-- The part of a line within the canvas, by the parameters of its ends; nil where there is none.
local function clip(self, x0, y0, x1, y1)
   local from, to = 0, 1
   for _, edge in ipairs{{x0, x1 - x0, self.width - 1}, {y0, y1 - y0, self.height - 1}} do
      local start, d, last = unpack(edge)
      if d == 0 then
         if start < 0 or start > last then return nil end
      else
         local a, b = (0 - start) / d, (last - start) / d
         from, to = math.max(from, math.min(a, b)), math.min(to, math.max(a, b))
      end
   end
   if from <= to then return from, to end
end

--- A line of dots. gap: of a dashed one, how many dots of six are left out.
function Canvas:line(x0, y0, x1, y1, colour, glyph, gap)
   local from, to = clip(self, x0, y0, x1, y1)
   if not from then return end
   x0, y0, x1, y1 = x0 + from * (x1 - x0), y0 + from * (y1 - y0), x0 + to * (x1 - x0), y0 + to * (y1 - y0)
   local n = math.max(math.floor(math.abs(x1 - x0) + .5), math.floor(math.abs(y1 - y0) + .5))
   for i = 0, n do
      local f = n > 0 and i / n or 0
      local x, y = x0 + f * (x1 - x0) + .5, y0 + f * (y1 - y0) + .5
      if not gap or math.floor(math.max(x, 0) + math.max(y, 0)) % 6 >= gap then self:dot(x, y, colour, glyph) end
   end
end

local BLOCKS = {[0] = ' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

--- Fills column `column` of characters between the heights y0 and y1, in dots from the top; in steps of an eighth of a character.
-- shade: of whole characters instead.
function Canvas:bar(column, y0, y1, colour, shade)
   if column < 0 or column >= self.columns then return end
   y0, y1 = math.max(0, math.min(y0, y1)), math.min(self.height, math.max(y0, y1))
   for row = math.floor(y0 / 4), math.ceil(y1 / 4) - 1 do
      local top, bottom = math.max(y0 - row * 4, 0), math.min(y1 - row * 4, 4)
      local eighths = math.floor((bottom - top) * 2 + .5)
      local at = row * self.columns + column
      if eighths > 0 then
         local hangs = bottom < 4 and top == 0 and eighths < 8
         self.text[at] = shade or self.ascii and '#' or (hangs and (eighths >= 4 and '▀' or '▔')) or BLOCKS[eighths]
         self.colour[at] = colour
      end
   end
end

--- Two colours in a character, {r, g, b} or nil, one above the other; shade: without colours, from 0 to 1.
local SHADES = {[0] = ' ', '░', '▒', '▓', '█'}
local ASCII_SHADES = {[0] = ' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'}
function Canvas:pixels(column, row, top, bottom, shade)
   local at = row * self.columns + column
   if shade then
      local list = self.ascii and ASCII_SHADES or SHADES
      self.text[at] = list[math.floor(math.min(.999, math.max(0, shade)) * (#list + 1))]
   elseif top or bottom then
      self.text[at] = top and '▀' or '▄'
      self.colour[at], self.back[at] = top or bottom, top and bottom or nil
   end
end

--- Writes text from (column, row) on, on what is there. Characters of UTF-8 count one.
function Canvas:write(column, row, text, colour)
   for c in text:gmatch('[%z\1-\127\194-\244][\128-\191]*') do
      if column >= 0 and column < self.columns and row >= 0 and row < self.rows then
         local at = row * self.columns + column
         self.text[at], self.colour[at], self.back[at] = c, colour, nil
      end
      column = column + 1
   end
end

-- ---- out of it ----

local true_colour = nil
local function has_true_colour()
   if true_colour == nil then
      local c = os.getenv('COLORTERM') or ''
      true_colour = c:find('truecolor') ~= nil or c:find('24bit') ~= nil or (os.getenv('TERM') or ''):find('direct') ~= nil
   end
   return true_colour
end

local function of_256(r, g, b)
   local function level(v) return v < 48 and 0 or v < 115 and 1 or math.floor((v - 35) / 40) end
   if math.abs(r - g) < 8 and math.abs(g - b) < 8 and r > 8 and r < 248 then return 232 + math.floor((r - 8) / 10) end
   return 16 + 36 * level(r) + 6 * level(g) + level(b)
end

local codes = {} -- by colour
local function code(colour, ground)
   local key = type(colour) == 'table' and colour[1] * 65536 + colour[2] * 256 + colour[3] or colour
   local known = codes[ground .. key]
   if known then return known end
   local r, g, b
   if type(colour) == 'table' then r, g, b = unpack(colour) else r, g, b = colours.rgb(colour) end
   local text
   if r + g + b < 200 and type(colour) == 'string' then
      text = '39' -- black lines: the terminal's own colour, which shows on dark ones, too
   elseif has_true_colour() then
      text = ('%d;2;%d;%d;%d'):format(ground, r, g, b)
   else
      text = ('%d;5;%d'):format(ground, of_256(r, g, b))
   end
   codes[ground .. key] = text
   return text
end

-- What stands for a character of dots without Braille.
local function dots_as_ascii(dots)
   local upper, lower = bit.band(dots, 0x1B) ~= 0, bit.band(dots, 0xE4) ~= 0
   return upper and lower and ':' or upper and "'" or '.'
end

local function character(self, at)
   if self.text[at] then return self.text[at] end
   local dots = self.dots[at]
   if not dots then return ' ' end
   return self.ascii and dots_as_ascii(dots) or utf8(0x2800 + dots)
end

--- The lines of the canvas; with escape sequences if `coloured`.
function Canvas:lines(coloured)
   local lines = {}
   for row = 0, self.rows - 1 do
      local parts, last = {}, ''
      for column = 0, self.columns - 1 do
         local at = row * self.columns + column
         local c = character(self, at)
         if coloured then
            local fore, back = c ~= ' ' and self.colour[at], self.back[at]
            local now = (fore and code(fore, 38) or '') .. (back and ';' .. code(back, 48) or '')
            if now ~= last then
               parts[#parts + 1] = (last ~= '' and '\27[0m' or '') .. (now ~= '' and '\27[' .. now .. 'm' or '')
               last = now
            end
         end
         parts[#parts + 1] = c
      end
      if last ~= '' then parts[#parts + 1] = '\27[0m' end
      lines[row + 1] = (table.concat(parts):gsub(' +$', ''))
   end
   return lines
end

--- Text in a colour.
local function painted(text, colour) return '\27[' .. code(colour, 38) .. 'm' .. text .. '\27[0m' end

return {new = new, utf8 = utf8, painted = painted}
