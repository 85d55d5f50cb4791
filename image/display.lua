-- Images to look at: grids of them, and windows where there is a display.
local call = require 'image.call'
local files = require 'image.files'
local minmax = require('image.filters').minmax
local torch = torch
local M = {}

-- ---- grids ----

local grid_form = 'input tensor|table, [padding int], [nrow size], [scaleeach boolean], [min number], [max number], [symmetric boolean], [saturate boolean]'
local expected = 'image [height x width] or [1 or 3 x height x width], batch of them, or table of them, expected'

-- One tensor of a table of images of one shape.
local function pack(images)
   for i, img in ipairs(images) do
      if not torch.isTensor(img) or not img:isSize(images[1]:size()) then
         call.wrong('toDisplayTensor', 1, 'input', 'images of one size expected in the table, number %d is another', i)
      end
   end
   if #images == 0 then call.wrong('toDisplayTensor', 1, 'input', '%s, got an empty table', expected) end
   local size = images[1]:size():totable()
   local r = images[1].new(torch.LongStorage{#images, unpack(size)})
   for i, img in ipairs(images) do r[i]:copy(img) end
   return r
end

local function is_batch(x)
   return x:dim() == 4 and (x:size(2) == 3 or x:size(2) == 1) or x:dim() == 3 and x:size(1) ~= 3 and x:size(1) ~= 1
end

-- Images side by side, nrow in a row, in cells that are larger by padding; what is free is as bright as the brightest.
local function grid(x, a, rescale)
   local n, last = x:size(1), x:dim() - 1
   local columns = math.min(a.nrow or 6, n)
   local pad = math.max(a.padding or 0, 0)
   local size = x[1]:size()
   local h, w = size[last - 1] + pad, size[last] + pad
   size[last - 1], size[last] = h * math.ceil(n / columns), w * columns
   local r = x.new(size):fill(x:max())
   for i = 1, n do
      local y, column = math.floor((i - 1) / columns), (i - 1) % columns
      local cell = r:narrow(last - 1, y * h + math.floor(pad / 2) + 1, h - pad):narrow(last, column * w + math.floor(pad / 2) + 1, w - pad)
      cell:copy(x[i])
      if a.scaleeach then rescale(cell) end
   end
   return r
end

--- image.toDisplayTensor{input=, padding=0, nrow=6, scaleeach=false, min=, max=, symmetric=false, saturate=true}: one image of values from 0
-- to 1 (image.minmax) of an image, a batch, or a table of images: nrow in a row, each rescaled by itself if scaleeach.
M.toDisplayTensor = call.named('toDisplayTensor', grid_form, function(a)
   local x = torch.isTensor(a.input) and a.input or pack(a.input)
   x = x:type(torch.typename(x) == 'torch.FloatTensor' and 'torch.FloatTensor' or 'torch.DoubleTensor')
   local function rescale(t)
      return minmax{tensor = t, inplace = true, min = a.min, max = a.max, symm = a.symmetric, saturate = a.saturate}
   end
   if is_batch(x) then
      local r = grid(x, a, rescale)
      return a.scaleeach and r:clamp(0, 1) or rescale(r)
   elseif x:dim() == 2 or x:dim() == 3 then
      return rescale(x:clone())
   end
   call.wrong('toDisplayTensor', 1, 'input', '%s, got [%s]', expected, table.concat(x:size():totable(), ' x '))
end)

-- ---- windows ----

local Window = {}
Window.__index = Window

local function succeeds(command)
   local r = os.execute(command .. ' >/dev/null 2>&1')
   return r == 0 or r == true
end

-- A program that shows a file; or nil and why there is none.
local function viewer()
   if not os.getenv('DISPLAY') and not os.getenv('WAYLAND_DISPLAY') and jit.os ~= 'OSX' then
      return nil, 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set); image.save writes a file to look at'
   end
   for _, program in ipairs{os.getenv('IMAGE_VIEWER') or '', 'xdg-open', 'open', 'feh', 'eog', 'display'} do
      if program ~= '' and succeeds('command -v ' .. program:match('^%S+')) then return program end
   end
   return nil, 'no program shows images here; the environment variable IMAGE_VIEWER names one'
end

--- Shows an image, [height x width] or [1 or 3 x height x width], values from 0 to 1, or Bytes.
function Window:show(img)
   files.save(self.filename, img)
   if not self.shown then os.execute(self.program .. " '" .. self.filename .. "' >/dev/null 2>&1 &") end
   self.shown = true
   return self
end

--- image.window(): a window to give to image.display; w:show(img) shows an image. It is a file that a program shows: the one named by
-- IMAGE_VIEWER in the environment, or the desktop's. Raises where there is no display.
M.window = call.define('window', {''}, function()
   local program, why = viewer()
   if not program then call.fail('window', '%s', why) end
   local name = os.tmpname()
   os.remove(name)
   return setmetatable({program = program, filename = name .. (files.is_supported('png') and '.png' or '.ppm')}, Window)
end)

local display_form = grid_form:gsub('^input', 'image') .. ', [zoom number], [win table], [legend string]'

--- image.display{image=, zoom=1, win=, padding=0, nrow=6, scaleeach=false, min=, max=, symmetric=false, saturate=true}: shows an image or
-- several as image.toDisplayTensor arranges them, zoom times as large, in win or a new window; the window.
M.display = call.named('display', display_form, function(a)
   local window = a.win or M.window()
   local img = M.toDisplayTensor{input = a.image, padding = a.padding, nrow = a.nrow, scaleeach = a.scaleeach, min = a.min, max = a.max,
      symmetric = a.symmetric, saturate = a.saturate}
   if a.zoom and a.zoom ~= 1 then img = require('image.geometry').scale(img, '*' .. a.zoom, 'simple') end
   return window:show(img)
end)

return M
