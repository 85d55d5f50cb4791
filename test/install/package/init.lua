require 'torch'
bag = {}
require 'libbag'

-- A class of C may get methods in Lua, too.
local Bag = torch.getmetatable('bag.Bag')
function Bag:mean() return self:sum() / self:size() end

return bag
