using System.Security.Cryptography;
using KafkaBackup.Durable.Runtime;

namespace KafkaBackup.Durable.Hosting;

internal sealed class RandomInstanceIds : IInstanceIds
{
    public string Next() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
