--- Colours of plots that colour-blind people tell apart: a list for curves, and maps from numbers to colours.
local M = {}

-- The palette of Okabe and Ito, the strongest contrasts to white first.
local curves = {'#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#F0E442'}

local names = {blue = 1, red = 2, vermillion = 2, green = 3, purple = 4, orange = 5, sky = 6, black = 7, yellow = 8}

--- Colour k of the list, which begins again at its end.
function M.curve(k) return curves[(k - 1) % #curves + 1] end

--- '#rrggbb' of a colour: '#rgb', '#rrggbb', a name, or the number of a curve; nil where it is none.
function M.hex(colour)
   if type(colour) == 'number' and colour >= 1 and colour % 1 == 0 then return M.curve(colour) end
   if type(colour) ~= 'string' then return nil end
   if names[colour] then return curves[names[colour]] end
   if colour == 'grey' or colour == 'gray' then return '#808080' end
   if colour == 'white' then return '#FFFFFF' end
   local r, g, b = colour:match('^#(%x)(%x)(%x)$')
   if r then return '#' .. r .. r .. g .. g .. b .. b end
   return colour:match('^#%x%x%x%x%x%x$')
end

--- What hex takes, for messages.
M.expected = "'#rrggbb', a number of the list, or blue, red, green, purple, orange, sky, black, yellow, grey, white"

--- Red, green and blue, 0 to 255, of '#rrggbb'.
function M.rgb(hex)
   return tonumber(hex:sub(2, 3), 16), tonumber(hex:sub(4, 5), 16), tonumber(hex:sub(6, 7), 16)
end

-- Maps by equidistant colours. viridis: even steps in brightness, from dark to bright also for those who see no colours.
local maps = {
   viridis = {'#440154', '#482878', '#3E4989', '#31688E', '#26828E', '#1F9E89', '#35B779', '#6ECE58', '#B5DE2B', '#FDE725'},
   gray = {'#000000', '#FFFFFF'},
   blues = {'#F7FBFF', '#DEEBF7', '#C6DBEF', '#9ECAE1', '#6BAED6', '#4292C6', '#2171B5', '#08519C', '#08306B'},
   diverging = {'#053061', '#2166AC', '#4393C3', '#92C5DE', '#D1E5F0', '#F7F7F7', '#FDDBC7', '#F4A582', '#D6604D', '#B2182B', '#67001F'},
}
M.maps = maps

local tables = {} -- of 256 colours, made when a map is first used

local function stretch(map)
   local t = {}
   for i = 0, 255 do
      local at = i / 255 * (#map - 1)
      local k = math.min(math.floor(at), #map - 2)
      local r1, g1, b1 = M.rgb(map[k + 1])
      local r2, g2, b2 = M.rgb(map[k + 2])
      local f = at - k
      t[i] = {math.floor(r1 + f * (r2 - r1) + .5), math.floor(g1 + f * (g2 - g1) + .5), math.floor(b1 + f * (b2 - b1) + .5)}
   end
   return t
end

--- The 256 colours of a map, {r, g, b} at 0 to 255.
function M.map(name)
   tables[name] = tables[name] or stretch(maps[name])
   return tables[name]
end

--- Where v lies between lo and hi as an index of a map, 0 to 255; nil for what is not finite.
function M.index(v, lo, hi)
   if v - v ~= 0 then return nil end
   local f = hi > lo and (v - lo) / (hi - lo) or 0.5
   return math.floor(math.max(0, math.min(1, f)) * 255 + .5)
end

return M
