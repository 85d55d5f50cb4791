-- Smaller and larger of two numbers, by comparison alone: math.min and math.max treat NaN one way in the
-- interpreter and another in compiled code, so that a run could not be repeated to the last bit. For the
-- same reason squares are written as products: x^2 rounds differently there.
local M = {}

-- a where one is NaN
function M.min(a, b) return b < a and b or a end
function M.max(a, b) return b > a and b or a end

return M
