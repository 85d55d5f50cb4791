--- plot.Picture(tensors [, options]): pictures in a grid, as one to look at in the terminal or to save; see plot.images.
local data, terminal = require 'plot.data', require 'sys.terminal'
local wrong = require('torch.arguments').error

local Picture = torch.class('plot.Picture')

local function image() return require 'image' end

-- What is not a number is as dark as the smallest one; infinities are as dark and bright as what is finite.
local function finite(x)
   x = x:type(torch.typename(x) == 'torch.FloatTensor' and 'torch.FloatTensor' or 'torch.DoubleTensor')
   local lo, hi = data.range(false, x:double():contiguous())
   if not lo then return x:clone():zero() end
   x = x:clone()
   x[x:ne(x)] = lo
   return x:clamp(lo, hi)
end

-- The pictures of the argument as toDisplayTensor takes them.
local function pictures(v)
   if torch.isTensor(v) then
      if v:nElement() == 0 then wrong('plot.images', 1, 'tensors', 'pictures expected, got an empty tensor') end
      local d, s = v:dim(), v:size()
      if d < 2 or d > 4 then wrong('plot.images', 1, 'tensors', '[height x width], [n x height x width] or [n x 1 or 3 x height x width] expected, got %d dimensions', d) end
      v = finite(v)
      if d == 4 and s[2] ~= 1 and s[2] ~= 3 then v = v:contiguous():view(s[1] * s[2], s[3], s[4]) end -- planes of filters
      return v
   end
   if type(v) ~= 'table' or #v == 0 then wrong('plot.images', 1, 'tensors', 'tensor or list of pictures expected, got %s', torch.type(v)) end
   local list, planes = {}, 1
   for i, one in ipairs(v) do
      if not torch.isTensor(one) or one:nElement() == 0 or not one:isSameSizeAs(v[1]) then wrong('plot.images', 1, 'tensors', 'tensors of one size expected, number %d is another', i) end
      if one:dim() == 3 then planes = one:size(1) end
      list[i] = finite(one)
      if list[i]:dim() == 2 then list[i] = list[i]:view(1, one:size(1), one:size(2)) end
   end
   if planes ~= 1 and planes ~= 3 then wrong('plot.images', 1, 'tensors', 'pictures of 1 or 3 channels expected, got %d', planes) end
   return list
end

local known = {columns = 'number', padding = 'number', zoom = 'number', scaleeach = 'boolean', title = 'string'}

function Picture:__init(tensors, options)
   options = options or {}
   if type(options) ~= 'table' then wrong('plot.images', 2, 'options', 'table expected, got %s', torch.type(options)) end
   for key, v in pairs(options) do
      if not known[key] then wrong('plot.images', 2, 'options', 'there is no option %s; there are columns, padding, scaleeach, title, zoom', tostring(key)) end
      if type(v) ~= known[key] or v == 0 and key ~= 'padding' then wrong('plot.images', 2, 'options', '%s: %s expected, got %s', key, known[key], tostring(v)) end
   end
   local list = pictures(tensors)
   local one = torch.isTensor(list) and (list:dim() == 2 or list:dim() == 3 and (list:size(1) == 3 or list:size(1) == 1))
   local n = one and 1 or torch.isTensor(list) and list:size(1) or #list
   local columns = options.columns or math.max(1, math.ceil(math.sqrt(n * 1.6)))
   local grid = image().toDisplayTensor{input = list, padding = one and 0 or options.padding or 1, nrow = columns, scaleeach = options.scaleeach}
   if grid:dim() == 2 then grid = grid:view(1, grid:size(1), grid:size(2)) end
   if grid:size(1) == 1 then grid = grid:expand(3, grid:size(2), grid:size(3)) end
   self.rgb = grid:clone():mul(255):add(.5):floor():byte():contiguous()
   self.zoom = options.zoom
   self.title = options.title
end

-- Enlarged, so that small filters can be seen.
local function enlarged(self, target)
   local k = self.zoom or math.max(1, math.min(16, math.floor(target / math.max(self.rgb:size(2), self.rgb:size(3)))))
   if k == 1 then return self.rgb end
   return image().scale(self.rgb, math.max(1, math.floor(self.rgb:size(3) * k + .5)), math.max(1, math.floor(self.rgb:size(2) * k + .5)), 'simple')
end

--- picture:save(file) -> picture: writes a .png, .jpg or .ppm, by the package image.
function Picture:save(file)
   image().save(file, enlarged(self, 480))
   return self
end

--- picture:string([options]) -> text: the picture in half blocks, or without colours in shades; options as of figures.
function Picture:string(given)
   given = given or {}
   local coloured = given.colour
   if coloured == nil then coloured = terminal.shows(1) end
   local columns = given.width or terminal.isatty(1) and require('xlua.progress').columns() or 80
   local rgb = self.rgb
   local w = rgb:size(3)
   if w > columns then
      rgb = image().scale(rgb, columns, math.max(1, math.floor(rgb:size(2) * columns / w + .5)), 'bilinear')
   elseif 2 * w <= columns and 2 * rgb:size(2) <= 60 then
      rgb = image().scale(rgb, '*' .. math.floor(math.min(columns / w, 60 / rgb:size(2), 4)), 'simple')
   end
   local h = rgb:size(2)
   w = rgb:size(3)
   local c = require('plot.canvas').new(w, math.ceil(h / 2), given.ascii)
   local bytes, plane = torch.data(rgb:contiguous()), h * w
   local function at(y, x)
      if y >= h then return nil end
      local k = y * w + x
      return {bytes[k], bytes[k + plane], bytes[k + 2 * plane]}
   end
   for y = 0, h - 1, 2 do
      for x = 0, w - 1 do
         local top, bottom = at(y, x), at(y + 1, x)
         if coloured then
            c:pixels(x, y / 2, top, bottom)
         else
            local o = bottom or top
            c:pixels(x, y / 2, nil, nil, (top[1] + o[1]) / 510 * .3 + (top[2] + o[2]) / 510 * .59 + (top[3] + o[3]) / 510 * .11)
         end
      end
   end
   local lines = c:lines(coloured)
   if self.title then table.insert(lines, 1, self.title) end
   return table.concat(lines, '\n')
end

--- picture:print() -> picture: draws it into the terminal: as a picture where the terminal takes those, else in half blocks.
function Picture:print()
   local notebook = package.loaded['jupyter.display']
   if notebook and notebook.active then
      notebook.show(self)
      return self
   end
   local graphics = terminal.isatty(1) and require 'plot.graphics'
   local protocol = graphics and graphics.protocol()
   io.write(protocol and (self.title and self.title .. '\n' or '') .. graphics.rgb(protocol, enlarged(self, 400)) or self:string(), '\n')
   io.flush()
   return self
end

--- picture:show() -> picture: shows it in a window where there is a display, else as print does.
function Picture:show()
   local shown = (os.getenv('DISPLAY') or os.getenv('WAYLAND_DISPLAY')) and pcall(function() image().window():show(enlarged(self, 480)) end)
   if not shown then self:print() end
   return self
end

function Picture:__tostring__() return self:string() end
function Picture:__show__() self:print() end

--- What notebooks show.
function Picture:__mime__()
   local path = os.tmpname()
   os.remove(path)
   path = path .. '.png'
   local bundle = {['text/plain'] = self:string{colour = false}}
   if pcall(self.save, self, path) then
      local f = io.open(path, 'rb')
      bundle['image/png'] = f:read('*a')
      f:close()
   end
   os.remove(path)
   return bundle
end

return function(tensors, options) return plot.Picture(tensors, options) end
