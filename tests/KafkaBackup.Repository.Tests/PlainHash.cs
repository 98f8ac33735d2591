using System.Security.Cryptography;

namespace KafkaBackup.Repository.Tests;

internal static class PlainHash
{
    public static string Of(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
