-- Folders of images.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch
local M = {}

--- data.Folder(path, options): a set of the images in a folder; made by data.folder.
local Folder = torch.class('data.Folder', 'data.Set', data)
local endings = {png = true, jpg = true, jpeg = true, ppm = true, pgm = true}

local function sorted(iterator)
   local list = {}
   for name in iterator do
      if name:sub(1, 1) ~= '.' then list[#list + 1] = name end
   end
   table.sort(list)
   return list
end

local function add_images(self, folder, class)
   local paths = require 'paths'
   for _, name in ipairs(sorted(paths.iterfiles(folder))) do
      if endings[(name:match('%.(%w+)$') or ''):lower()] then
         self.files[#self.files + 1] = folder .. '/' .. name
         self.labels[#self.labels + 1] = class
      end
   end
end

function Folder:__init(path, options)
   checks.check('folder', 1, 'path', 'string', path)
   self.options = checks.options('folder', 2, {depth = 'whole', type = 'string', scale = 'whole|table'}, options)
   local paths = require 'paths'
   if not paths.dirp(path) then checks.fail('folder', '%s is not a folder', path) end
   self.files, self.labels, self.classes = {}, {}, {}
   for _, name in ipairs(sorted(paths.iterdirs(path))) do
      local before = #self.files
      add_images(self, path .. '/' .. name, #self.classes + 1)
      if #self.files > before then self.classes[#self.classes + 1] = name end
   end
   if #self.files == 0 then add_images(self, path, nil) end
   if #self.files == 0 then checks.fail('folder', '%s has no images (png, jpg, jpeg, ppm, pgm), nor have its folders', path) end
   self.labels = #self.classes > 0 and torch.LongTensor(self.labels) or nil
end

function Folder:size() return #self.files end
function Folder:name(i) return self.files[i] end
function Folder:draws() return false end

function Folder:get(i)
   local image, o = require 'image', self.options
   local file = self.files[i] or checks.wrong('Set.get', 1, 'i', 'number of a sample from 1 to %d expected, got %s', #self.files, tostring(i))
   local x = image.load(file, o.depth or 3, o.type or 'float')
   if o.scale then
      local width, height = o.scale, o.scale
      if type(o.scale) == 'table' then width, height = o.scale[1], o.scale[2] or o.scale[1] end
      x = image.scale(x, width, height)
   end
   return x, self.labels and self.labels[i]
end

function Folder:__tostring__()
   return ('data.Folder of %d images, %d classes'):format(#self.files, #self.classes)
end

--- data.folder(path [, {depth=3, type='float', scale=}]) -> set: a set of the images in a folder: a class for each of
-- its folders that has images, in alphabetical order, whose number is the target; without such folders the images in
-- path itself, without targets. They are loaded when they are asked for (image.load), and scaled to scale = n, or
-- {width, height}. Fields: classes (names), files, labels. Errors: no folder, no images.
function M.folder(path, options) return data.Folder(path, options) end

return M
