// ResNetInt8
