--- Shows small grey images in the terminal: two rows of pixels in each line, by half blocks where the
-- terminal speaks UTF-8, else by letters of different weight.
local show = {}

local locale = os.getenv('LC_ALL') or os.getenv('LC_CTYPE') or os.getenv('LANG') or ''
local utf8 = locale:lower():find('utf%-?8') ~= nil

local function mark(upper, lower)
   if utf8 then
      if upper > .4 then return lower > .4 and '█' or '▀' end
      return lower > .4 and '▄' or ' '
   end
   local shades = ' .:-=+*#%@'
   local i = 1 + math.floor(math.min((upper + lower) / 2, .999) * #shades)
   return shades:sub(i, i)
end

-- Lines of one image, its margin cut off.
local MARGIN = 3
local function lines_of(image)
   local height, width = image:size(1), image:size(2)
   local lines = {}
   for y = 1 + MARGIN, height - MARGIN, 2 do
      local marks = {}
      for x = 1 + MARGIN, width - MARGIN do marks[#marks + 1] = mark(image[{y, x}], image[{y + 1, x}]) end
      lines[#lines + 1] = table.concat(marks)
   end
   return lines, width - 2 * MARGIN
end

--- Prints images (n x height x width, in 0..1) side by side, `columns` in a row, each above its caption.
function show.images(images, captions, columns)
   for first = 1, images:size(1), columns do
      local rows = {}
      local last = math.min(first + columns - 1, images:size(1))
      for i = first, last do
         local lines, width = lines_of(images[i])
         lines[#lines + 1] = captions[i] .. (' '):rep(width - #captions[i])
         for r, line in ipairs(lines) do rows[r] = (rows[r] or '') .. line .. '  ' end
      end
      print(table.concat(rows, '\n') .. '\n')
   end
end

return show
