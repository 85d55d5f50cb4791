-- What each class of nn is made of and given: the arguments of its constructor, and its input. For errors and help.
--
-- An argument is "name type" or, when it may be left out, "[name type]". Types: size (a number of at least 1), whole (one
-- without a fraction), int and number, positive (a number above 0), share (of at least 0, below 1), boolean, string, table, tensor, vector
-- (a tensor of one dimension), module, criterion; any; several by |. "..." at the end stands for more of the last. The input is a
-- tensor, but for modules that take a table, and those that take anything.
-- A class may declare its own in its file: nn.SiLU.__arguments = '[beta number]'.
local M = {}

local kernel2 = 'kW size, kH size, [dW size], [dH size], [padW int], [padH int]'
local kernel3 = 'kT size, kW size, kH size, [dT size], [dW size], [dH size], [padT int], [padW int], [padH int]'
local planes, whole, groups = 'nInputPlane size, nOutputPlane size, ', 'nInputPlane whole, nOutputPlane whole, ', ', [groups whole]'
local linear = 'inputSize size, outputSize size'
local lambda, inplace, dimension = '[lambda number]', '[inplace boolean]', 'dimension int'
local batchnorm = 'nOutput size, [eps number], [momentum number], [affine boolean]'
local pads = 'pad_l int, [pad_r int], [pad_t int], [pad_b int]'
local size_average, weighted = '[sizeAverage boolean]', '[weights vector], [sizeAverage boolean]'
local margin = '[margin number]'
local sizes = 'size int|torch.LongStorage, ...'

M.constructor = {
   -- activation
   CReLU = 'nInputDims int, ' .. inplace, Clamp = 'min_value number, max_value number', ELU = '[alpha number], ' .. inplace,
   GatedLinearUnit = '[dim int]', GradientReversal = lambda, HardShrink = lambda,
   HardTanh = '[min_value number], [max_value number], ' .. inplace,
   L1Penalty = 'l1weight number, [sizeAverage boolean], [provideOutput boolean]',
   LeakyReLU = '[negval number|boolean], ' .. inplace, PReLU = '[nOutputPlane int]', Power = 'pow number',
   RReLU = '[lower number], [upper number], ' .. inplace, ReLU = inplace, ReLU6 = inplace, SoftPlus = '[beta number]',
   SoftShrink = lambda, Sqrt = '[eps number]', Threshold = '[threshold number], [value number], ' .. inplace,
   -- containers
   Bottle = 'module module, [nInputDim size], [nOutputDim size]', Concat = dimension, Convert = '[inputShape string], [outputShape string]',
   Decorator = 'module module', DepthConcat = dimension, DontCast = 'module module, [castin boolean], [castout boolean], [moduleType string]',
   GPU = 'module module, device int, [outdevice int]', MapTable = '[module module], [shared boolean|table]',
   Maxout = linear .. ', maxoutNumber size, [preprocess module]', NaN = 'module module, [id any]',
   Parallel = 'inputDimension int, outputDimension int', Profile = 'module module, [print_interval int], [name string]',
   WeightNorm = 'module module, [outputDim size]',
   -- convolution
   SpatialConvolution = whole .. kernel2 .. groups, SpatialConvolutionMM = planes .. kernel2,
   SpatialConvolutionLocal = planes .. 'iW size, iH size, ' .. kernel2,
   SpatialConvolutionMap = 'conMatrix tensor, kW size, kH size, [dW size], [dH size]',
   SpatialDepthWiseConvolution = planes .. kernel2,
   SpatialDilatedConvolution = whole .. kernel2 .. ', [dilationW size], [dilationH size]' .. groups,
   SpatialFullConvolution = whole .. kernel2 .. ', [adjW int], [adjH int]' .. groups,
   SpatialFullConvolutionMap = 'conMatrix tensor, kW size, kH size, [dW size], [dH size]',
   TemporalConvolution = 'inputFrameSize size, outputFrameSize size, kW size, [dW size]',
   TemporalRowConvolution = 'inputFrameSize size, kW size, [dW size], [featFirst boolean]',
   VolumetricConvolution = whole .. kernel3 .. groups,
   VolumetricDilatedConvolution = whole .. kernel3 .. ', [dilationT size], [dilationW size], [dilationH size]' .. groups,
   VolumetricFullConvolution = whole .. kernel3 .. ', [adjT int], [adjW int], [adjH int]' .. groups,
   -- criterion
   AbsCriterion = size_average, BCECriterion = weighted, ClassNLLCriterion = weighted .. ', [ignoreIndex int]',
   ClassSimplexCriterion = 'nClasses whole', CosineEmbeddingCriterion = margin, CrossEntropyCriterion = weighted,
   DistanceRatioCriterion = size_average, HingeEmbeddingCriterion = margin, L1HingeEmbeddingCriterion = margin,
   MSECriterion = size_average, MarginCriterion = margin, MarginRankingCriterion = margin,
   ModuleCriterion = 'criterion criterion, [inputModule module], [targetModule module], [castTarget boolean]',
   MultiLabelSoftMarginCriterion = weighted, MultiMarginCriterion = '[p int], [weights vector], [margin number]',
   ParallelCriterion = '[repeatTarget boolean]', SmoothL1Criterion = size_average, SpatialClassNLLCriterion = weighted,
   SpatialAutoCropMSECriterion = size_average, WeightedMSECriterion = 'weight tensor',
   -- linear
   Add = 'inputSize int, [scalar boolean]', AddConstant = 'constant number|tensor, ' .. inplace,
   Bilinear = 'inputSize1 whole, inputSize2 whole, outputSize whole, [bias boolean]', CAdd = sizes, CMul = sizes, Cosine = linear,
   Euclidean = linear,
   IndexLinear = linear .. ', [doGradInput boolean], [keysOffset int], [weight tensor], [bias tensor], [normalize boolean]',
   Kmeans = 'k size, dim size, [scale positive]', Linear = linear .. ', [bias boolean]',
   LinearWeightNorm = linear .. ', [bias boolean], [eps number]',
   LookupTable = 'nIndex size, nOutput size, [paddingValue int], [maxNorm number], [normType number]',
   MulConstant = 'constant number, ' .. inplace, PartialLinear = linear .. ', [bias boolean]',
   SparseLinear = linear .. ', [doGradInput boolean]', WeightedEuclidean = linear,
   -- normalization
   BatchNormalization = batchnorm, SpatialBatchNormalization = batchnorm, VolumetricBatchNormalization = batchnorm,
   Dropout = '[p share], [v1 boolean], [inplace boolean], [stochasticInference boolean]',
   LayerNormalization = 'nOutput size, [bias number], [eps number], [affine boolean]', Normalize = 'p positive, [eps number]',
   SpatialContrastiveNormalization = '[nInputPlane whole], [kernel tensor], [threshold number], [thresval number]',
   SpatialCrossMapLRN = 'size size, [alpha number], [beta number], [k number]',
   SpatialDivisiveNormalization = '[nInputPlane whole], [kernel tensor], [threshold number], [thresval number]',
   SpatialDropout = '[p number], [stochasticInference boolean]',
   SpatialSubtractiveNormalization = '[nInputPlane whole], [kernel tensor]',
   VolumetricDropout = '[p number], [stochasticInference boolean]', WhiteNoise = '[mean number], [std number]',
   -- pooling
   FeatureLPPooling = 'width whole, stride whole, power number, [batch_mode boolean]', SpatialAdaptiveAveragePooling = 'W size, H size',
   SpatialAdaptiveMaxPooling = 'W size, H size', SpatialAveragePooling = kernel2,
   SpatialDilatedMaxPooling = kernel2 .. ', [dilationW size], [dilationH size]',
   SpatialFractionalMaxPooling = 'poolSizeW size, poolSizeH size, outW number, outH number',
   SpatialLPPooling = 'nInputPlane size, pnorm number, kW size, kH size, [dW size], [dH size]', SpatialMaxPooling = kernel2,
   SpatialMaxUnpooling = 'poolingModule module', SpatialSubSampling = 'nInputPlane size, kW size, kH size, [dW size], [dH size]',
   TemporalDynamicKMaxPooling = 'minK size, [factor number]', TemporalMaxPooling = 'kW size, [dW size]',
   TemporalSubSampling = 'inputFrameSize size, kW size, [dW size]',
   VolumetricAveragePooling = kernel3,
   VolumetricDilatedMaxPooling = kernel3 .. ', [dilationT size], [dilationW size], [dilationH size]',
   VolumetricFractionalMaxPooling = 'poolSizeT size, poolSizeW size, poolSizeH size, outT number, outW number, outH number',
   VolumetricMaxPooling = kernel3, VolumetricMaxUnpooling = 'poolingModule module',
   -- shape
   Collapse = 'nInputDim int', Constant = 'value number|tensor, [nInputDim int]',
   Copy = '[intype string], [outtype string], [forceCopy boolean], [dontCast boolean]', Index = dimension,
   Max = '[dimension int], [nInputDims int]', Mean = '[dimension int], [nInputDims int], [squeeze boolean]',
   Min = '[dimension int], [nInputDims int]', Narrow = 'dimension int, offset int, [length int]', OneHot = 'outputSize size',
   Padding = 'dim int, pad int, [nInputDim int], [value number], [index int]', PixelShuffle = 'upscaleFactor size',
   PrintSize = '[prefix string]', Replicate = 'nf size, [dim size], [ndim int]', Reshape = 'size int|torch.LongStorage|boolean, ...',
   Select = 'dimension int, index int', SpatialReflectionPadding = pads, SpatialReplicationPadding = pads,
   SpatialUpSamplingBilinear = 'scale whole|table', SpatialUpSamplingNearest = 'scale whole', SpatialZeroPadding = pads,
   Squeeze = '[dim int], [numInputDims int]', Sum = '[dimension int], [nInputDims int], [sizeAverage boolean], [squeeze boolean]',
   Transpose = '[permutation table], ...', Unsqueeze = 'pos int, [numInputDims int]', UpSampling = 'scale whole|table, [mode string]',
   View = sizes, VolumetricReplicationPadding = 'pleft int, [pright int], [ptop int], [pbottom int], [pfront int], [pback int]',
   -- tables
   CAddTable = inplace, CriterionTable = 'criterion criterion', JoinTable = 'dimension int, [nInputDims int]',
   MM = '[transA boolean], [transB boolean]', MV = '[trans boolean]', MixtureTable = '[dim int]',
   NarrowTable = 'offset int, [length int]', PairwiseDistance = '[p number]', SelectTable = 'index any',
   SplitTable = 'dimension int, [nInputDims int]',
   StochasticGradient = 'module module, criterion criterion',
}

-- Classes whose input is not what their folder says: tensors, tables in tables/, anything in containers/.
M.input = {
   Constant = 'any', Copy = 'any', MapTable = 'table', GradientReversal = 'any', Identity = 'any', Index = 'table', MaskedSelect = 'table',
   OneHot = 'any', PrintSize = 'any', SparseLinear = 'any', Bilinear = 'table', IndexLinear = 'any', Module = 'any', Criterion = 'any', ZeroGrad = 'any',
   SplitTable = 'tensor', CosineEmbeddingCriterion = 'table', L1HingeEmbeddingCriterion = 'table',
   MarginRankingCriterion = 'table', DistanceRatioCriterion = 'table', ParallelCriterion = 'any', MultiCriterion = 'any',
   SpatialFullConvolution = 'tensor or table', VolumetricFullConvolution = 'tensor or table',
   SpatialFullConvolutionMap = 'tensor', ModuleCriterion = 'any', ZipTableOneToMany = 'table', FlattenTable = 'any', SelectTable = 'any', NarrowTable = 'table',
   Concat = 'any', CAddTable = 'any', L1Penalty = 'any', LayerNormalization = 'any', SpatialLPPooling = 'any',
   SpatialDivisiveNormalization = 'tensor', CriterionTable = 'table',
}

return M
