--- Pictures to load where there are none: landscapes by day and by night.
--
--    folder = scenes(n)      -- n PNG files for each class in a folder of the system's for temporary files
local height, width = 96, 128
local row = torch.linspace(0, 1, height):float():view(height, 1):expand(height, width)
local column = torch.linspace(0, 1, width):float():view(1, width):expand(height, width)

-- Colours that go from one to another from top to bottom; hills; sun or moon.
local function scene(night)
   local sky = night and {{0.02, 0.1}, {0.02, 0.1}, {0.15, 0.35}} or {{0.3, 0.9}, {0.5, 0.9}, {0.9, 1}}
   local ground = night and {0.03, 0.08, 0.06} or {0.25, 0.55, 0.2}
   local horizon = torch.sin(column * torch.uniform(3, 9) + torch.uniform(0, 6)) * 0.1 + torch.uniform(0.5, 0.7)
   local below = torch.gt(row, horizon):float()
   local x, y, r = torch.uniform(0.1, 0.9), torch.uniform(0.1, 0.35), torch.uniform(0.05, 0.1)
   local light = (torch.pow((column - x) * 1.33, 2) + torch.pow(row - y, 2)):lt(r * r):float():cmul(1 - below)
   local picture = torch.FloatTensor(3, height, width)
   for c = 1, 3 do
      local plane = row * (sky[c][2] - sky[c][1]) + sky[c][1]
      plane:cmul(1 - below):add(ground[c], below)
      picture[c]:copy(plane:cmul(1 - light):add(c == 3 and 0.7 or 0.95, light))
   end
   return picture:add(torch.randn(picture:size()):float():mul(0.02)):clamp(0, 1)
end

return function(n)
   local folder = os.tmpname()
   os.remove(folder)
   for class, night in pairs{day = false, night = true} do
      paths.mkdir(folder)
      paths.mkdir(folder .. '/' .. class)
      for i = 1, n do image.save(('%s/%s/%02d.png'):format(folder, class, i), scene(night)) end
   end
   return folder
end
